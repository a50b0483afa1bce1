import ConvolutionModel
import Foundation
import Testing
import Verification

@testable import Harness

/// The examples are held to everything: each option of the protocol, both layouts.
@Suite struct ExternalExampleTests {
  private static let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples")

  /// The status of a command that says nothing; nil where it isn't there.
  private static func status(_ arguments: [String]) -> Int32? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 127 ? nil : process.terminationStatus
  }

  private static let hasCompiler: Bool = {
    let isThere = status(["cc", "--version"]) == 0
    if !isThere { print("skipped: the example in C needs cc") }
    return isThere
  }()

  private static let hasNumpy: Bool = {
    let isThere = status(["python3", "-c", "import numpy"]) == 0
    if !isThere { print("skipped: the example in Python needs python3 with numpy") }
    return isThere
  }()

  private func verify(_ command: String) throws {
    let worker = ExternalWorker(try ExternalCommand(command))
    defer { worker.finish() }
    #expect(worker.unavailableReason == nil && worker.kernels.count == 2)
    let problems: [(ConvolutionProblem, Epilogue)] = [
      (
        try ConvolutionProblem(
          batch: 2, inputChannels: 6, inputHeight: 9, inputWidth: 11, outputChannels: 4, filterHeight: 3,
          filterWidth: 2,
          strideHeight: 2, strideWidth: 3, padding: Padding(top: 1, left: 2, bottom: 0, right: -1), dilationHeight: 2,
          dilationWidth: 1, groups: 2), Epilogue(bias: true, residual: true, activation: .relu)
      ),
      (
        try ConvolutionProblem(channels: 5, height: 7, width: 7, filters: 5, kernel: 3, padding: .same, groups: 5),
        .none
      ),
      (try ConvolutionProblem(channels: 8, height: 4, width: 5, filters: 9, kernel: 1), Epilogue(activation: .relu6)),
    ]
    for (problem, epilogue) in problems {
      let operation = ConvolutionOperation(problem, epilogue: epilogue)
      let subject = VerificationSubject(operation, options: .thorough())
      for kernel in worker.kernels {
        let report = subject.report(on: kernel)
        #expect(report.verdict == .passed, "\(kernel.id) on \(operation): \(report.reason ?? "")")
      }
    }
  }

  @Test(.enabled(if: hasCompiler)) func theExampleInCIsRight() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "external-kernel-c-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let binary = directory.appending(path: "external_kernel").path
    let source = Self.examples.appending(path: "ExternalKernelC/external_kernel.c").path
    #expect(Self.status(["cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", binary, source]) == 0)
    try verify("'\(binary)'")
  }

  @Test(.enabled(if: hasNumpy)) func theExampleInPythonIsRight() throws {
    try verify("python3 '\(Self.examples.appending(path: "external_kernel.py").path)'")
  }
}
