#if ONNX
  import ConvolutionModel
  import Foundation

  /// Finds, reads and runs test cases in ONNX's arrangement: directories with a file `model.onnx` beside directories
  /// `test_data_set_0`, `test_data_set_1` …, each with `input_0.pb`, `input_1.pb` … and `output_0.pb`.
  public struct CaseReader: Sendable {
    /// Where cases are searched.
    public let directory: String
    /// What runs them.
    public let runner: CaseRunner

    /// Chooses a directory, of one case or of many at any depth.
    public init(directory: String, runner: CaseRunner) {
      self.directory = directory
      self.runner = runner
    }

    /// The directories of cases below ``directory``, in order; `.` is the directory itself.
    ///
    /// - Throws: ``ONNXError`` where the directory can't be read.
    public func caseNames() throws(ONNXError) -> [String] {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) else {
        throw ONNXError(file: directory, .missing)
      }
      guard isDirectory.boolValue, let paths = FileManager.default.enumerator(atPath: directory) else {
        throw ONNXError(file: directory, .unreadable(reason: "it is no directory"))
      }
      return paths.compactMap { $0 as? String }.filter { ($0 as NSString).lastPathComponent == "model.onnx" }
        .map { ($0 as NSString).deletingLastPathComponent }.map { $0.isEmpty ? "." : $0 }.sorted()
    }

    /// Reads a case and runs every kernel on it, if it's a convolution that can be run. Never throws: what's wrong is in
    /// the result.
    public func run(_ name: String) -> CaseResult {
      let path = name == "." ? directory : directory + "/" + name
      let file = path + "/model.onnx"
      let graph: ONNXGraph
      do throws(ONNXError) {
        graph = try ONNXGraph(modelFile: file)
      } catch {
        return CaseResult(name: name, unreadable: "\(error)")
      }
      var result = CaseResult(graph, name: name)
      guard result.family == .convolution else { return result }
      do throws(ONNXError) {
        runner.run(try dataSets(of: try ConvolutionGraph(graph, file: file), in: path), into: &result)
      } catch {
        result.outcome = error.isUnsupported ? .unsupported : .failed
        // Of a sound case its name says enough.
        result.reason = error.isUnsupported ? error.reason : "\(error)"
      }
      return result
    }

    /// The data sets of a case in the order of their numbers.
    private func dataSets(of graph: ConvolutionGraph, in path: String) throws(ONNXError) -> [ConvolutionDataSet] {
      var sets: [ConvolutionDataSet] = []
      for directory in try Self.numbered("test_data_set_", "", in: path, least: 1) {
        let inputs = try Self.numbered("input_", ".pb", in: directory, least: 0).map(Self.dataFile)
        let expected = Self.dataFile(directory + "/output_0.pb")
        sets.append(try graph.dataSet(inputs, expected: expected, directory: directory))
      }
      return sets
    }

    private static func dataFile(_ path: String) -> ConvolutionGraph.DataFile {
      ConvolutionGraph.DataFile(
        path: path, tensor: Result { () throws(ONNXError) in try ONNXTensor(file: path) })
    }

    /// The paths of a directory's entries that have a number between two texts, by that number.
    ///
    /// - Throws: ``ONNXError/Problem/missing`` for the first number from 0 on that has no entry though a greater one has, or
    ///   though there must be so many.
    private static func numbered(
      _ before: String, _ after: String, in directory: String, least: Int
    ) throws(ONNXError) -> [String] {
      let entries = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      let numbers = entries.compactMap { entry -> Int? in
        guard entry.hasPrefix(before), entry.hasSuffix(after) else { return nil }
        return Int(entry.dropFirst(before.count).dropLast(after.count))
      }
      let paths = (0..<max(least, numbers.count)).map { "\(directory)/\(before)\($0)\(after)" }
      for (number, path) in paths.enumerated() where !numbers.contains(number) {
        throw ONNXError(file: path, .missing)
      }
      return paths
    }
  }
#endif
