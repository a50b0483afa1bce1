import ConvolutionModel
import Foundation
import Measurement
import Synchronization

/// A foreign program that computes convolutions: started when it's needed, spoken to in JSON Lines, killed when it
/// misbehaves and then started anew.
///
/// `Documentation/external-kernels.md` describes the protocol.
public final class ExternalWorker: @unchecked Sendable {
  /// How it's started.
  public let command: ExternalCommand
  /// Seconds that one answer may take.
  public internal(set) var timeout: Double
  /// What it said of itself the first time; nil where it never did.
  let hello: ExternalHello?
  // All state below is guarded by this lock. A worker answers one command at a time anyway.
  private let lock = NSRecursiveLock()
  private var process: WorkerProcess?
  private var directories: [TensorDirectory] = []
  /// Counts the starts: what was prepared by an earlier process is gone.
  private var generation = 0
  private var nextID = 1
  private var failuresInARow = 0
  private var lastFailure: ExternalFailure?
  private var isGone = false
  private let allowedCPUs = ThreadPinning.allowedCPUs

  /// Failures after which nobody asks any more.
  private static let mostFailures = 3

  /// Starts a worker and asks who it is; where that fails, all its kernels are unavailable.
  public init(_ command: ExternalCommand, timeout: Double = 60) {
    self.command = command
    self.timeout = timeout
    do throws(ExternalFailure) {
      let process = try WorkerProcess(command)
      hello = try Self.greet(process, timeout)
      self.process = process
      generation = 1
    } catch {
      hello = nil
      lastFailure = error
      isGone = true
    }
  }

  /// The name of its kernels; that of the program where the worker didn't tell.
  public var name: String {
    if let hello { return hello.name }
    let program = command.arguments[0].split(separator: "/").last.map(String.init) ?? command.arguments[0]
    let safe = program.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return String(safe.prefix(40))
  }

  /// A kernel for each of its layouts.
  public var kernels: [ExternalKernel] {
    (hello?.layouts ?? [.nhwc]).map { ExternalKernel(self, layout: $0) }
  }

  /// Why nothing can be asked of it; nil where it can.
  public var unavailableReason: String? {
    lock.withLock {
      guard isGone else { return nil }
      let reason = lastFailure?.description ?? "it was told to leave"
      return failuresInARow >= Self.mostFailures
        ? "given up after \(failuresInARow) failures in a row: \(reason)" : reason
    }
  }

  /// The process that runs now, and where its tensors are: for tests.
  var traces: (pid: Int32?, directories: [String]) { lock.withLock { (process?.pid, directories.map(\.path)) } }

  /// Says goodbye and removes all files. Nothing can be asked afterwards.
  public func finish() {
    lock.withLock {
      if let process {
        if let line = try? ExternalRequest.bye.line() { _ = try? process.exchange(line, seconds: 2) }
        process.end(within: 2)
      }
      process = nil
      directories = []
      isGone = true
    }
  }

  /// What was prepared, and by which process.
  struct Handle: Sendable {
    let id: Int
    let generation: Int
  }

  /// Hands out a number and fresh files for a problem.
  func reserve<Files>(
    _ make: (_ directory: String, _ id: Int) throws(ExternalFailure) -> Files
  ) throws(ExternalFailure) -> (handle: Handle, files: Files) {
    lock.lock()
    defer { lock.unlock() }
    try startIfNeeded()
    let handle = Handle(id: nextID, generation: generation)
    nextID += 1
    if directories.isEmpty { directories.append(try TensorDirectory()) }
    do throws(ExternalFailure) {
      return (handle, try make(directories.last!.path, handle.id))
    } catch {
      // Memory may be scarcer than the disk.
      guard directories.count == 1, let place = TensorDirectory.places.last,
        !directories[0].path.hasPrefix(place)
      else { throw error }
      directories.append(try TensorDirectory(under: [place]))
      return (handle, try make(directories.last!.path, handle.id))
    }
  }

  /// What became of a command.
  enum Reply<Answer> {
    /// It was answered as expected.
    case answer(Answer, nanoseconds: Double)
    /// The worker can't do it.
    case unsupported(String)
  }

  /// Asks something of what a handle names, and checks the answer.
  ///
  /// - Throws: what went wrong. Unless the worker itself said so in good order, it's then ended.
  func ask<Answer: Decodable>(
    _ request: ExternalRequest, of handle: Handle, as type: Answer.Type,
    check: (Answer, Double) throws(ExternalFailure) -> Void
  ) throws(ExternalFailure) -> Reply<Answer> {
    lock.lock()
    defer { lock.unlock() }
    guard let process, handle.generation == generation else {
      throw ExternalFailure(
        "the worker is gone since it was asked something else" + (lastFailure.map { ": \($0)" } ?? ""))
    }
    let text: (answer: [UInt8], nanoseconds: Double)
    let head: ExternalAnswerHead
    do throws(ExternalFailure) {
      text = try process.exchange(Self.line(request), seconds: timeout)
      head = try Self.decode(ExternalAnswerHead.self, text.answer)
      if head.type == request.answer {
        let answer = try Self.decode(type, text.answer)
        try check(answer, text.nanoseconds)
        // Getting ready is easy; only results count.
        if case .run = request { failuresInARow = 0 }
        return .answer(answer, nanoseconds: text.nanoseconds)
      }
      if !["error", "unsupported"].contains(head.type) {
        throw ExternalFailure(
          "the worker answered '\(head.type.prefix(40))'; expected '\(request.answer)', 'unsupported' or 'error'")
      }
    } catch {
      fail(error)
      throw error
    }
    let reason = String((head.reason ?? "no reason given").prefix(400))
    if head.type == "unsupported", case .prepare = request {
      failuresInARow = 0
      return .unsupported(reason)
    }
    throw ExternalFailure("the worker reported an error: \(reason)" + process.errorText())
  }

  /// Frees what a handle names; a worker that has been started anew since knows nothing of it.
  func release(_ handle: Handle) {
    struct Released: Decodable { let id: Int }
    lock.withLock {
      guard process != nil, handle.generation == generation else { return }
      _ = try? ask(.release(id: handle.id), of: handle, as: Released.self) { _, _ in }
    }
  }

  /// Keeps the worker's threads on one core.
  func pin(to cpu: Int) { pin(to: [cpu]) }

  /// Lets the worker's threads run wherever this process could when the worker was made.
  func unpin() { if let allowedCPUs { pin(to: allowedCPUs) } }

  private func pin(to cpus: [Int]) {
    lock.withLock { if let process { ThreadPinning.pin(process: process.pid, to: cpus) } }
  }

  private func startIfNeeded() throws(ExternalFailure) {
    if isGone { throw ExternalFailure(unavailableReason ?? "it is gone") }
    if process != nil { return }
    do throws(ExternalFailure) {
      let started = try WorkerProcess(command)
      let said = try Self.greet(started, timeout)
      if said.name != hello?.name {
        throw ExternalFailure("started anew, the worker calls itself \(said.name); expected \(hello?.name ?? "")")
      }
      process = started
      generation += 1
    } catch {
      fail(error)
      throw error
    }
  }

  /// Ends a worker that can't be trusted to be in step.
  private func fail(_ failure: ExternalFailure) {
    process?.end(within: 0)
    process = nil
    lastFailure = failure
    failuresInARow += 1
    if failuresInARow >= Self.mostFailures { isGone = true }
  }

  private static func greet(_ process: WorkerProcess, _ timeout: Double) throws(ExternalFailure) -> ExternalHello {
    do throws(ExternalFailure) {
      let text = try process.exchange(line(.hello), seconds: timeout).answer
      let head = try decode(ExternalAnswerHead.self, text)
      if head.type != "hello" {
        throw ExternalFailure("the worker answered '\(head.type.prefix(40))'; expected 'hello'")
      }
      let hello = try decode(ExternalHello.self, text)
      try hello.check()
      return hello
    } catch {
      process.end(within: 0)
      throw ExternalFailure("hello: \(error)".replacing("hello: hello: ", with: "hello: "))
    }
  }

  private static func line(_ request: ExternalRequest) throws(ExternalFailure) -> Data {
    do {
      return try request.line()
    } catch {
      throw ExternalFailure("can't write the command: \(error)")
    }
  }

  /// Reads an answer.
  static func decode<Answer: Decodable>(_ type: Answer.Type, _ text: [UInt8]) throws(ExternalFailure) -> Answer {
    do {
      return try JSONDecoder().decode(type, from: Data(text))
    } catch DecodingError.keyNotFound(let key, _) {
      throw ExternalFailure("the worker's answer has no field \(key.stringValue): \(WorkerProcess.quoted(text))")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      let field = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw ExternalFailure("the worker's answer has a wrong type in \(field): \(WorkerProcess.quoted(text))")
    } catch {
      throw ExternalFailure("the worker's answer is no JSON object: \(WorkerProcess.quoted(text))")
    }
  }

  deinit { finish() }
}
