import ConvolutionModel
import Foundation

/// A line of a problem file that is no problem for this package.
public struct RefusedProblem: Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong, with line and column.
  public let error: ProblemStringError

  /// Names a refused line.
  public init(path: String, error: ProblemStringError) {
    self.path = path
    self.error = error
  }

  /// `file:line:column: reason`.
  public var description: String { "\(path == "-" ? "standard input" : path):\(error)" }

  /// Whether the line is of a kind that the package doesn't cover, 3-D, rather than a mistake.
  public var isOutOfScope: Bool { error.isOutOfScope }
}

/// Problems in benchdnn's notation.
extension WorkloadSelection {
  /// A problem from the command line.
  func candidate(_ problem: String) throws(SelectionError) -> Candidate {
    let line: ProblemLine
    do throws(ProblemStringError) {
      line = try ProblemLine.parse(problem)
    } catch {
      // On the command line there is only one line, and what one looks for is the place in it.
      throw .invalidProblem(
        message: "problem \(quoted(problem, longest: 200)), column \(error.column): \(error.reason)")
    }
    return try candidate(line, text: problem)
  }

  /// The problems of a file, and the lines that are refused.
  func candidates(
    inFile path: String, text: String
  ) throws(SelectionError) -> (candidates: [Candidate], refused: [RefusedProblem]) {
    var candidates: [Candidate] = []
    var refused: [RefusedProblem] = []
    for result in ProblemFile.parse(text) {
      switch result {
      case .success(let line):
        let candidate = try candidate(line, text: nil)
        if let reason = MemoryDemand.objection(to: candidate.workload.operation) {
          let error = ProblemStringError(line: line.line, column: 1, reason: reason)
          refused.append(RefusedProblem(path: path, error: error))
        } else {
          candidates.append(candidate)
        }
      case .failure(let error): refused.append(RefusedProblem(path: path, error: error))
      }
    }
    if candidates.isEmpty && refused.isEmpty { throw .noProblems(path: path) }
    return (candidates, refused)
  }

  private func candidate(_ line: ProblemLine, text: String?) throws(SelectionError) -> Candidate {
    do throws(ConvolutionError) {
      var line = line
      if let batch { line.problem = try line.problem.withBatch(batch) }
      let epilogue = Epilogue(bias: true)
      let operation = try line.operation(epilogue: epilogue, pointwiseEpilogue: epilogue)
      return Candidate(Workload(layer: line.name ?? operation.description, count: line.count, operation: operation))
    } catch {
      throw .invalidProblem(message: "problem \(quoted(text ?? line.description, longest: 200)): \(error)")
    }
  }

  /// Reads a file, or standard input for `-`.
  ///
  /// - Throws: ``SelectionError/unreadableFile(path:reason:)``, also for one that isn't UTF-8.
  public static func contents(ofFile path: String) throws(SelectionError) -> String {
    let name = path == "-" ? "standard input" : path
    var isDirectory: ObjCBool = false
    if path != "-", FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      throw .unreadableFile(path: name, reason: "it's a directory")
    }
    let data: Data
    do {
      // A handle and not Data, which refuses pipes such as a shell's <(…).
      let file = path == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      data = try file.readToEnd() ?? Data()
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      throw .unreadableFile(path: name, reason: "no such file")
    } catch CocoaError.fileReadNoPermission {
      throw .unreadableFile(path: name, reason: "permission denied")
    } catch {
      throw .unreadableFile(path: name, reason: error.localizedDescription)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .unreadableFile(path: name, reason: "the text isn't UTF-8")
    }
    return text
  }
}

extension ConvolutionProblem {
  /// The same problem for a number of images.
  fileprivate func withBatch(_ batch: Int) throws(ConvolutionError) -> ConvolutionProblem {
    try ConvolutionProblem(
      batch: batch, inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth,
      outputChannels: outputChannels, filterHeight: filterHeight, filterWidth: filterWidth, strideHeight: strideHeight,
      strideWidth: strideWidth, padding: padding, dilationHeight: dilationHeight, dilationWidth: dilationWidth,
      groups: groups)
  }
}
