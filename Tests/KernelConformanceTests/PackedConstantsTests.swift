import ConvolutionKernels
import ConvolutionModel
import Testing
import Verification

/// What kernels make of weights and biases can be kept and given back: in other memory, for other threads.
struct PackedConstantsTests {
  private static var operations: [ConvolutionOperation] {
    get throws {
      let geometry = Geometry(5, 6, filter: 3, padding: Padding(1), batch: 2)
      return try [
        ConvolutionOperation(geometry, Channels(input: 3, output: 19), epilogue: 0),
        ConvolutionOperation(geometry, Channels(input: 19, output: 70), epilogue: 0),
        ConvolutionOperation(Geometry(4, 5, filter: 1), Channels(input: 37, output: 21), epilogue: 4),
        ConvolutionOperation(geometry, Channels(input: 20, output: 20, groups: 20), epilogue: 0),
        ConvolutionOperation(
          Geometry(7, 6, filter: 3, padding: Padding(1), dilation: 2), Channels(input: 6, output: 6, groups: 6),
          epilogue: 0),
        ConvolutionOperation(geometry, Channels(input: 20, output: 20, groups: 20, pointwise: 19), epilogue: 8),
        ConvolutionOperation(
          Geometry(7, 6, filter: 2), Channels(input: 6, output: 6, groups: 6, pointwise: 19), epilogue: 8),
      ]
    }
  }

  @Test(arguments: TestedKernels.names)
  func constantsGoBack(name: String) throws {
    let kernel = try TestedKernels.available(name)
    let operations = try Self.operations.filter { kernel.support(for: $0).isSupported }
    #expect(!operations.isEmpty)
    for operation in operations {
      let data = RunData(operation, isWhole: true, seed: 7)
      for (threads, others) in [(1, 2), (3, 1)] {
        let plan = try data.plan(kernel, threads: threads)
        let expected = try data.run(plan)
        #expect(!plan.packed.pieces.isEmpty && plan.packed.isExact)
        // Tables of offsets and the like count too.
        let packedBytes = plan.packed.pieces.reduce(0) { $0 + $1.bytes.count }
        #expect(packedBytes...packedBytes + 4096 ~= plan.packedWeightsBytes, "\(name) on \(operation)")
        // Copies, so that nothing of the first plan's memory is needed.
        let copies = plan.packed.pieces.map { AlignedBuffer<UInt8>($0.bytes) }
        let pieces = copies.map { PackedConstants.Piece(bytes: UnsafeRawBufferPointer($0.elements), owner: $0) }
        let packed = PackedConstants(pieces)
        let prepared = try kernel.prepare(
          operation, parameters: ConvolutionParameters(packed: packed, of: operation), threads: others)
        let again = ConvolutionPlan(
          operation, kernel: kernel, prepared: prepared, packed: packed, threads: others, decision: .named)
        #expect(packed.isExact, "\(name) on \(operation)")
        #expect(zip(packed.pieces, pieces).allSatisfy { $0.bytes.baseAddress == $1.bytes.baseAddress })
        let output = try data.run(again)
        #expect(output == expected, "\(name) on \(operation), packed for \(threads) threads, run on \(others)")
      }
    }
  }

  /// No run uses more workspace than the plan says, whatever the threads: inaccessible pages lie on either side.
  @Test(arguments: TestedKernels.names)
  func workspacesSuffice(name: String) throws {
    let kernel = try TestedKernels.available(name)
    for subject in try Self.subjects.get() where kernel.support(for: subject.operation).isSupported {
      #expect(subject.options.guardPages)
      #expect(subject.expectPass(kernel), "\(name) on \(subject.operation)")
    }
  }

  /// Dense, depthwise and separable, on three threads; their exact results are computed once.
  private static let subjects = Result {
    try [1, 3, 5].map {
      VerificationSubject(try operations[$0], options: VerificationOptions(seed: 3, threads: 3))
    }
  }

  /// A kernel tells its workspace without packing anything.
  @Test(arguments: TestedKernels.names)
  func workspacesAreKnownBeforehand(name: String) throws {
    let kernel = try TestedKernels.available(name)
    for operation in try Self.operations where kernel.support(for: operation).isSupported {
      let data = RunData(operation, isWhole: true, seed: 7)
      for threads in [1, 3] {
        let plan = try data.plan(kernel, threads: threads)
        // Without any weights: whoever looks at them crashes.
        let gone = ConvolutionParameters(packed: .unfilled(), of: operation)
        let unfilled = try kernel.prepare(operation, parameters: gone, threads: threads)
        #expect(unfilled.workspaceBytes == plan.workspaceBytes, "\(name) on \(operation)")
        #expect(gone.packed.pieces.map(\.bytes.count) == plan.packed.pieces.map(\.bytes.count))
      }
    }
  }
}
