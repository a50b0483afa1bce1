import ConvolutionModel
import RegisterTiles
import Testing
import Verification

@testable import ConvolutionKernels

/// Depthwise strips and staged planes at their edges: fewer rows than a strip has, fewer columns than are computed at once
/// or than a window covers, pieces of rows, rows that fill half a vector or not quite one, channels beyond those that run
/// along a strip, and padding on any side.
struct DepthwiseRowsTests {
  private static let paddings: [@Sendable (Int) -> Padding] = [
    { Padding($0 / 2) }, { _ in .zero }, { _ in Padding(top: 0, left: 0, bottom: 1, right: 1) },
    { Padding(top: $0 - 1, left: 1, bottom: 0, right: $0 + 1) },
    { Padding(top: $0 + 2, left: $0 + 2, bottom: 2, right: 3) },
    { _ in Padding(top: 1, left: 2, bottom: -1, right: -2) },
  ]

  #if DEBUG
    private static let widths = [1, 4, 7, 23]
    private static let heights = [1, 5]
  #else
    private static let widths = Array(1...16) + [17, 18, 31, 33, 35]
    private static let heights = [1, 2, 3, 4, 5, 7, 9, 14]
  #endif

  private static func verify(_ problem: ConvolutionProblem, _ isa: InstructionSet, number: Int, threads: Int) {
    let epilogue = Epilogue(
      bias: number % 2 == 0, residual: number % 3 == 0 && problem.outputChannels % isa.lanes == 0,
      activation: Activation.allCases[number / 2 % 3])
    let operation = ConvolutionOperation(problem, epilogue: epilogue)
    #expect(DepthwiseRows.level(operation, isa: isa) == isa, "\(problem) has no window")
    #expect(DepthwisePlanes.runs(problem, isa: isa), "\(problem) isn't staged")
    let subject = VerificationSubject(
      operation,
      options: VerificationOptions(seed: UInt64(number + 1), threads: threads))
    for layout in TensorLayout.allCases {
      let report = subject.verify(DepthwiseKernel(layout: layout, isa: isa))
      #expect(report.verdict == .passed, "\(layout), \(problem), \(epilogue): \(report)")
      #expect(report.checkedOutputs == problem.outputShape.count)
    }
  }

  @Test(arguments: InstructionSet.ofThisArchitecture.filter { $0 != .baseline && $0 <= .best }, [3, 5])
  func edges(isa: InstructionSet, filter: Int) throws {
    var number = 0
    var verified = 0
    for stride in 1...2 {
      for padding in Self.paddings {
        for height in Self.heights {
          for width in Self.widths {
            number += 1
            let padding = padding(filter)
            let channels = [isa.lanes, isa.lanes + 3, 2 * isa.lanes, 2 * isa.lanes + 1][number % 4]
            // A filter larger than the padded image is no problem at all.
            guard
              let problem = try? ConvolutionProblem(
                batch: 1 + number % 2, inputChannels: channels, inputHeight: height, inputWidth: width,
                outputChannels: channels, filterHeight: filter, filterWidth: filter, strideHeight: stride,
                strideWidth: stride, padding: padding, groups: channels)
            else { continue }
            Self.verify(problem, isa, number: number, threads: 1 + number % 3)
            verified += 1
          }
        }
      }
    }
    #expect(verified > 50)
  }

  /// More channels than run along a strip before the next.
  @Test(arguments: InstructionSet.ofThisArchitecture.filter { $0 != .baseline && $0 <= .best }, [3, 5])
  func manyChannels(isa: InstructionSet, filter: Int) throws {
    for (number, channels) in [127, 129, 144, 261].enumerated() {
      for stride in 1...2 {
        let problem = try ConvolutionProblem(
          channels: channels, height: 5, width: 6, filters: channels, kernel: filter, stride: stride, padding: .same,
          groups: channels)
        #expect(DepthwiseRows.channelsAtOnce(problem) == 128)
        Self.verify(problem, isa, number: number, threads: 1)
      }
    }
  }

  #if !DEBUG
    /// Larger than a second-level cache: all channels at once.
    @Test(arguments: InstructionSet.ofThisArchitecture.filter { $0 != .baseline && $0 <= .best }, [1, 2])
    func largeImages(isa: InstructionSet, stride: Int) throws {
      for (number, filter) in [3, 5].enumerated() {
        let problem = try ConvolutionProblem(
          inputChannels: 48, inputHeight: 79, inputWidth: 131, outputChannels: 48, filterHeight: filter,
          filterWidth: filter, strideHeight: stride, strideWidth: stride, padding: Padding(filter / 2), groups: 48)
        Self.verify(problem, isa, number: number, threads: 2)
      }
    }
  #endif

  /// Where channels don't fill vectors, strips write some outputs twice, which a residual in the output's own memory
  /// wouldn't survive.
  @Test(arguments: TensorLayout.allCases, InstructionSet.ofThisArchitecture.filter { $0 <= .best })
  func residualInPlace(layout: TensorLayout, isa: InstructionSet) throws {
    try Self.runInPlace(layout, isa, channels: 19)
    try Self.runInPlace(layout, isa, channels: 2 * isa.lanes)
  }

  private static func runInPlace(_ layout: TensorLayout, _ isa: InstructionSet, channels: Int) throws {
    let problem = try ConvolutionProblem(
      channels: channels, height: 6, width: 21, filters: channels, kernel: 3, padding: .same, groups: channels)
    let operation = ConvolutionOperation(problem, epilogue: Epilogue(residual: true, activation: .relu))
    let subject = VerificationSubject(operation, options: VerificationOptions(guardPages: false))
    // It owns the memory that its pointers point to.
    defer { withExtendedLifetime(subject) {} }
    let plan = try ConvolutionPlan(
      operation, kernel: DepthwiseKernel(layout: layout, isa: isa), parameters: subject.parameters, threads: 1)
    let residual = try #require(subject.residual(for: layout))
    let apart = AlignedBuffer<Float>(count: operation.outputShape.count, repeating: .nan)
    let inPlace = AlignedBuffer<Float>(residual)
    let workspace = AlignedBuffer<UInt8>(count: max(64, plan.workspaceBytes), repeating: 0xff)
    let memory = UnsafeMutableRawBufferPointer(workspace.elements)
    let input = subject.input(for: layout)
    try plan.run(input: input, residual: residual, output: apart.elements, workspace: memory)
    try plan.run(
      input: input, residual: UnsafeBufferPointer(inPlace.elements), output: inPlace.elements, workspace: memory)
    #expect(apart.elements.elementsEqual(inPlace.elements))
  }
}
