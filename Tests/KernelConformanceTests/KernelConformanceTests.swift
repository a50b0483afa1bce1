import ConvolutionKernels
import ConvolutionModel
import RegisterTiles
import Testing
import Verification

/// A debug build runs the sums a hundred times slower, so it gets through fewer of them.
#if DEBUG
  let isReduced = true
#else
  let isReduced = false
#endif

/// Every kernel of the registry against the oracle: exact whole numbers and bounded reals, between guard pages and NaN.
struct KernelConformanceTests {
  /// Every geometry with its share of the channels.
  private static let subjects: [VerificationSubject] = {
    var subjects: [VerificationSubject] = []
    for (row, geometry) in Geometry.all.enumerated() {
      for (column, channels) in Channels.all.enumerated() where !isReduced || column < 4 {
        // Impossible is only what the model refuses; the lists hold nothing of the kind.
        let operation = try! ConvolutionOperation(geometry, channels, epilogue: row + column)
        subjects.append(
          VerificationSubject(operation, options: VerificationOptions(seed: UInt64(1 + row * 100 + column))))
      }
    }
    return subjects
  }()

  @Test(arguments: TestedKernels.names)
  func geometries(name: String) throws {
    let kernel = try TestedKernels.available(name)
    #expect(Self.subjects.count { $0.expectPass(kernel) } > 0, "\(name) computed nothing")
  }

  @Test(arguments: TestedKernels.names)
  func edgesOfItsBlocks(name: String) throws {
    let kernel = try TestedKernels.available(name)
    let sweep = try BoundarySweep(kernel, isReduced: isReduced)
    var compared = 0
    for (index, operation) in sweep.operations.enumerated() {
      let subject = VerificationSubject(operation, options: VerificationOptions(seed: UInt64(1 + index)))
      if subject.expectPass(kernel) { compared += 1 }
    }
    #expect(compared == sweep.operations.count, "a kernel refuses an operation for the size of it")
    #expect(compared > 0, "\(name) computed nothing")
  }

  /// Columns that fill no register, over sums long enough to be worth a layout of their own, and first layers.
  private static let tailSubjects: [VerificationSubject] = {
    let pointwise = [16, 9, 17, 24, 23, 40, 37, 120].map { Channels(input: $0 == 120 ? 130 : 66, output: $0) }
    let subjects =
      pointwise.map { (Geometry(3, 5, filter: 1, batch: 2), $0) }
      + [7, 16, 24, 33].flatMap { output in
        [
          (Geometry(9, 13, filter: 3, padding: Padding(1), batch: 2), Channels(input: 4, output: output)),
          (Geometry(11, 12, filter: 5, stride: 2, padding: Padding(2)), Channels(input: 3, output: output)),
        ]
      }
    return subjects.enumerated().flatMap { index, subject in
      // With a residual and without one.
      [index, index + 1, index + 2, index + 3].map {
        VerificationSubject(
          try! ConvolutionOperation(subject.0, subject.1, epilogue: $0),
          options: VerificationOptions(seed: UInt64(1300 + 10 * index)))
      }
    }
  }()

  @Test(arguments: TestedKernels.names.filter { $0.hasPrefix("direct") })
  func tailsOfColumns(name: String) throws {
    let kernel = try TestedKernels.available(name)
    let compared = Self.tailSubjects.count { $0.expectPass(kernel) }
    #expect(compared == Self.tailSubjects.count, "\(name) refuses a dense layer")
  }

  private static let epilogueSubjects: [VerificationSubject] = {
    let channels = [
      Channels(input: 17, output: 18), Channels(input: 21, output: 21, groups: 21),
      Channels(input: 7, output: 7, groups: 7, pointwise: 18),
    ]
    let (height, width) = isReduced ? (2, 5) : (6, 7)
    return Epilogue.all.indices.flatMap { number in
      channels.map {
        VerificationSubject(
          try! ConvolutionOperation(Geometry(height, width, filter: 3, padding: Padding(1)), $0, epilogue: number),
          options: VerificationOptions(seed: UInt64(900 + number)))
      }
    }
  }()

  @Test(arguments: TestedKernels.names)
  func epilogues(name: String) throws {
    let kernel = try TestedKernels.available(name)
    #expect(Self.epilogueSubjects.count { $0.expectPass(kernel) } >= Epilogue.all.count)
  }

  /// An instruction set that the detection misses would leave its kernels untested without a word.
  @Test(arguments: TensorLayout.allCases)
  func bestInstructionSetIsTested(layout: TensorLayout) {
    let kernels = KernelRegistry.all.filter { $0.id.layout == layout }
    let best = kernels.filter { $0.id.isa == .best }
    #expect(Set(best.map(\.id.family)) == ["im2col", "direct", "winograd", "depthwise", "separable"])
    for kernel in best { #expect(kernel.availability == .available, "\(kernel.id)") }
    for kernel in kernels {
      if let isa = kernel.id.isa { #expect((kernel.availability == .available) == (isa <= .best), "\(kernel.id)") }
    }
    #expect(Set(kernels.map(\.id)).count == kernels.count, "two kernels have one name")
  }
}
