import ConvolutionKernels
import ConvolutionModel
import Foundation
import RegisterTiles
import Testing

@testable import Convolution

struct PackedWeightsTests {
  private static func error(_ body: () throws -> Void) -> PackedWeightsError? {
    do {
      try body()
      return nil
    } catch { return error as? PackedWeightsError }
  }

  private static func problem(_ filters: Int = 40) throws -> ConvolutionProblem {
    try ConvolutionProblem(channels: 20, height: 9, width: 7, filters: filters, kernel: 3, padding: .same)
  }

  private static func plan(_ problem: ConvolutionProblem, layout: TensorLayout = .nhwc) throws -> ConvolutionPlan {
    try ConvolutionPlan(
      problem, layout: layout, weights: (0..<problem.weightCount).map { Float($0 % 17) - 8 },
      bias: (0..<problem.outputChannels).map(Float.init), activation: .relu)
  }

  /// Calls a body with a path in an empty folder, which is removed afterwards.
  private static func withFile(_ body: (_ path: String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "packed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.appending(path: "layer.weights").path)
  }

  private static func map(_ path: String, _ problem: ConvolutionProblem) throws -> ConvolutionPlan {
    try ConvolutionPlan(
      problem, packedWeights: try PackedWeightsFile(mapping: path), bias: true, activation: .relu)
  }

  @Test(arguments: TensorLayout.allCases)
  func whatIsMappedRunsLikeWhatWasPacked(layout: TensorLayout) throws {
    try Self.withFile { path in
      for filters in [40, 64] {
        let problem = try Self.problem(filters)
        let plan = try Self.plan(problem, layout: layout)
        try plan.savePackedWeights(to: path)
        let input = (0..<problem.inputShape.count).map { Float($0 % 23) - 11 }
        var expected = [Float](repeating: .nan, count: problem.outputShape.count)
        try plan.run(input: input, output: &expected)
        for (threads, checks) in [(1, true), (2, false)] {
          let file = try PackedWeightsFile(mapping: path, checksBuffers: checks)
          #expect(file.kernel == plan.kernelID.description && file.libraryVersion == LibraryVersion.current)
          #expect(file.byteCount == plan.packed.pieces.map(\.bytes.count).reduce(0, +))
          let mapped = try ConvolutionPlan(
            problem, layout: layout, packedWeights: file, bias: true, activation: .relu, threads: threads)
          // A file may go while it's mapped.
          if threads == 2 { try FileManager.default.removeItem(atPath: path) }
          var output = [Float](repeating: .nan, count: problem.outputShape.count)
          try mapped.run(input: input, output: &output)
          #expect(output.map(\.bitPattern) == expected.map(\.bitPattern))
          #expect(mapped.kernelID == plan.kernelID && mapped.decision.source == .packedWeights)
          #expect(mapped.explain().hasPrefix("\(plan.kernelID) by its packed weights; workspace "))
          for piece in mapped.packed.pieces {
            // Nothing was packed anew: the buffers lie in the mapping, in their places.
            #expect(piece.owner === file && UInt(bitPattern: piece.bytes.baseAddress!) % 64 == 0)
          }
          #expect(UInt(bitPattern: mapped.packed.pieces[0].bytes.baseAddress!) % 4096 == 0)
          // What was mapped can be saved again.
          if threads == 1 { try mapped.savePackedWeights(to: path) }
        }
      }
    }
  }

  /// Whatever is changed in a file is found, and named.
  @Test func damageIsFound() throws {
    try Self.withFile { path in
      let problem = try Self.problem()
      try Self.plan(problem).savePackedWeights(to: path)
      let whole = try Data(contentsOf: URL(filePath: path))
      let url = URL(filePath: path)
      func error(_ data: Data, checksBuffers: Bool = true) throws -> PackedWeightsError? {
        try data.write(to: url)
        return Self.error { _ = try PackedWeightsFile(mapping: path, checksBuffers: checksBuffers) }
      }
      #expect(try error(whole) == nil)
      for length in [0, 7, 39] {
        #expect(try error(whole.prefix(length)) == .notPackedWeights(path: path))
      }
      for length in [40, 100, 4096, whole.count - 1] {
        #expect(
          try error(whole.prefix(length)) == .wrongSize(path: path, expected: whole.count, actual: length))
      }
      #expect(
        try error(whole + [0]) == .wrongSize(path: path, expected: whole.count, actual: whole.count + 1))
      #expect(try error(Data(repeating: 0x20, count: 5000)) == .notPackedWeights(path: path))
      func changed(_ place: Int) -> Data {
        var data = whole
        data[place] ^= 0x40
        return data
      }
      let description = Int(whole[12]) + Int(whole[13]) << 8
      for place in Array(0..<40 + description) + [4096, 4099, 4096 + 4 * 777, whole.count - 1] {
        let found = try error(changed(place))
        switch (place, found) {
        case (0..<8, .notPackedWeights), (8..<12, .unknownVersion), (8..<12, .corrupt), (12..<32, .corrupt),
          (32..<40, .wrongSize), (40..., .corrupt):
          break
        default: Issue.record("a change at \(place): \(String(describing: found))")
        }
      }
      let weights = try #require(try error(changed(4096)))
      #expect(weights.description.hasPrefix("\(path) holds no whole packed weights: the checksum is "))
      #expect(try error(changed(4096), checksBuffers: false) == nil)
      var later = whole
      later[8] = 9
      let unknown = try error(later)
      #expect(unknown == .unknownVersion(path: path, found: 9, newestKnown: 1))
      #expect(
        unknown?.description
          == "the packed weights in \(path) have format version 9; this package knows versions up to 1")
    }
  }

  /// Files that are whole, but not what a plan needs.
  @Test func whatDoesNotFitIsRefused() throws {
    try Self.withFile { path in
      let problem = try Self.problem()
      let plan = try Self.plan(problem)
      let buffers = plan.packed.pieces.map(\.bytes)
      let id = plan.kernelID.description
      func error(
        kernel: String = id, problem text: String = plan.operation.description, epilogue: String = "bias+relu",
        _ buffers: [UnsafeRawBufferPointer] = buffers
      ) throws -> PackedWeightsError? {
        try PackedWeightsFile.write(buffers, kernel: kernel, problem: text, epilogue: epilogue, to: path)
        return Self.error { _ = try Self.map(path, problem) }
      }
      let operation = "\(plan.operation), bias+relu, nhwc"
      #expect(try error() == nil)
      #expect(
        try error(epilogue: "relu")
          == .otherOperation(path: path, found: "\(plan.operation), relu, nhwc", expected: operation))
      let other = ConvolutionOperation(try Self.problem(41), epilogue: .none).description
      #expect(
        try error(problem: other)
          == .otherOperation(path: path, found: "\(other), bias+relu, nhwc", expected: operation))
      #expect(
        try error(kernel: "direct-nchw-avx512")
          == .otherOperation(path: path, found: "\(plan.operation), bias+relu, nchw", expected: operation))
      #expect(
        try error(kernel: "nonsense")
          == .otherOperation(path: path, found: "\(plan.operation), bias+relu, in no layout", expected: operation))
      #expect(
        try error(kernel: "direct-best-nhwc")
          == .kernelUnavailable(
            path: path, kernel: "direct-best-nhwc", reason: "this version has no kernel of that name"))
      // Another kernel's buffers, too few and too many.
      for wrong in [[], Array(buffers.dropLast()), buffers + [buffers[0]], Array(buffers.reversed())] {
        #expect(
          try error(wrong)
            == .corrupt(path: path, reason: "its buffers are not those that \(id) packs for \(plan.operation)"))
      }
      #expect(try error(kernel: "separable-nhwc-baseline")?.description.contains("which can't run here: ") == true)
      // An instruction set that this machine lacks.
      for isa in InstructionSet.ofThisArchitecture where isa > .best {
        #expect(try error(kernel: "direct-nhwc-\(isa.rawValue)")?.description.contains("can't run here") == true)
      }
      try plan.savePackedWeights(to: path)
      let file = try PackedWeightsFile(mapping: path)
      for threads in [0, 1025] {
        #expect(
          Self.error {
            _ = try ConvolutionPlan(problem, packedWeights: file, bias: true, activation: .relu, threads: threads)
          } == .plan(.invalidThreadCount(threads)))
      }
      // The version stands in the description; its length is the same.
      var text = try Data(contentsOf: URL(filePath: path))
      let version = try #require(text.range(of: Data(LibraryVersion.current.utf8)))
      text.replaceSubrange(version, with: Data(String(repeating: "9", count: version.count).utf8))
      let length = Int(text[12]) + Int(text[13]) << 8
      var checksum = Checksum()
      checksum.add(text.subdata(in: 40..<40 + length))
      text.replaceSubrange(16..<24, with: withUnsafeBytes(of: checksum.value.littleEndian) { Data($0) })
      try text.write(to: URL(filePath: path))
      #expect(
        Self.error { _ = try Self.map(path, problem) }
          == .otherLibraryVersion(
            path: path, found: String(repeating: "9", count: version.count), expected: LibraryVersion.current))
    }
  }

  @Test func whatCannotBeReadOrWrittenIsSaid() throws {
    try Self.withFile { path in
      let plan = try Self.plan(try Self.problem())
      #expect(
        Self.error { _ = try PackedWeightsFile(mapping: path) }
          == .unreadable(path: path, reason: "No such file or directory"))
      #expect(
        Self.error { try plan.savePackedWeights(to: path + "/no") }
          == .unwritable(path: path + "/no", reason: "No such file or directory"))
      let folder = URL(filePath: path).deletingLastPathComponent().path
      #expect(Self.error { _ = try PackedWeightsFile(mapping: folder) } != nil)
      // Nobody writes to this pipe.
      #expect(mkfifo(path, 0o600) == 0)
      #expect(Self.error { _ = try PackedWeightsFile(mapping: path) } == .notPackedWeights(path: path))
      try FileManager.default.removeItem(atPath: path)
      // A write that fails leaves what was there, and nothing else.
      try plan.savePackedWeights(to: path)
      #expect(Self.error { try plan.savePackedWeights(to: folder) } != nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["layer.weights"])
      // A kernel that isn't the package's own packs who knows what.
      let problem = try Self.problem()
      let weights = AlignedBuffer<Float>(count: problem.weightCount, repeating: 1)
      let foreign = try ConvolutionPlan(
        ConvolutionOperation(problem, epilogue: .none), kernel: PlannedKernel("direct", clock: TestClock()),
        parameters: ConvolutionParameters(weights: UnsafeBufferPointer(weights.elements)))
      #expect(
        Self.error { try foreign.savePackedWeights(to: path) } == .unsaveable(kernel: "direct-nhwc"))
    }
  }
}
