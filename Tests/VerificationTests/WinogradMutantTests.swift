import ConvolutionModel
import Testing
import Verification

@testable import ConvolutionKernels

extension WinogradVariant {
  /// Every variant that has one coefficient of one of the three transforms changed by an amount.
  func perturbed(by amount: Double) -> [(name: String, variant: WinogradVariant)] {
    let data: [(String, WritableKeyPath<WinogradVariant, AlignedBuffer<Float>>)] = [
      ("Bᵀ", \.inputCoefficients), ("Aᵀ", \.outputCoefficients),
    ]
    let changedData = data.flatMap { name, path in
      self[keyPath: path].elements.indices.map { index in
        var (variant, elements) = (self, Array(self[keyPath: path].elements))
        elements[index] += Float(amount)
        variant[keyPath: path] = AlignedBuffer(elements)
        return ("\(name) \(index)", variant)
      }
    }
    let changedFilters = filter.indices.map { index in
      var variant = self
      variant.filter[index] += amount
      return ("G \(index)", variant)
    }
    return changedData + changedFilters
  }
}

/// Winograd kernels whose transforms have one coefficient that's wrong by a thousandth.
struct WinogradMutantTests {
  @Test(arguments: [2, 4, 6], TensorLayout.allCases)
  func everyWrongCoefficientIsFound(outputs: Int, layout: TensorLayout) throws {
    let variant = try #require(WinogradVariant.all.first { $0.outputs == outputs })
    let problem = try ConvolutionProblem(channels: 3, height: 8, width: 13, filters: 2, kernel: 3)
    let subject = VerificationSubject(ConvolutionOperation(problem, epilogue: .none))
    func kernel(_ variant: WinogradVariant) -> WinogradKernel {
      WinogradKernel(variant: variant, layout: layout, isa: .baseline)
    }
    #expect(subject.verify(kernel(variant)).verdict == .passed)
    let mutants = variant.perturbed(by: 1e-3)
    #expect(mutants.count == [2: 15, 4: 30, 6: 51][outputs])
    for (name, mutant) in mutants {
      let report = subject.verify(kernel(mutant))
      #expect(report.failures.contains { $0.check == .zeroMeanReals }, "\(name): \(report)")
      #expect(report.failures.contains { $0.check == .exactIntegers }, "\(name): \(report)")
    }
  }

  /// An output that sees nothing but padding, in a tile that has pixels: errors of what would come out beyond the last row or
  /// column reach it.
  @Test(arguments: [2, 4, 6], ["mb1ic1ih1iw1oc1oh1ow1kh3kw3ph3pw0pb-1", "mb1ic1ih1iw1oc1oh1ow1kh3kw3ph2pw3pr-1"])
  func pixelsBeyondTheLastOutputCount(outputs: Int, problem: String) throws {
    let variant = try #require(WinogradVariant.all.first { $0.outputs == outputs })
    let operation = ConvolutionOperation(try ConvolutionProblem(parsing: problem), epilogue: .none)
    for seed: UInt64 in 1...8 {
      for coverage in [Coverage.all, .sampled(maximumMultiplyAdds: 1)] {
        let subject = VerificationSubject(operation, options: VerificationOptions(seed: seed, coverage: coverage))
        let report = subject.verify(WinogradKernel(variant: variant, layout: .nhwc, isa: .baseline))
        // There is too little to trust, but nothing wrong.
        #expect(report.verdict == .mistrusted, "\(report)")
      }
    }
  }
}
