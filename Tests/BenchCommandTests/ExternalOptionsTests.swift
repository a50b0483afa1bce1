import ArgumentParser
import ConvolutionModel
import Harness
import Testing

@testable import BenchCommand

@Suite struct ExternalOptionsTests {
  @Test func commandsAreTakenInTheirOrder() throws {
    let command = try RunCommand.parse(["--external", "./a 'b c'", "--external", "d", "--external-timeout", "2.5"])
    #expect(command.external.external == ["./a 'b c'", "d"] && command.external.externalTimeout == 2.5)
    #expect(try VerifyCommand.parse([]).external.externalTimeout == 60)
  }

  @Test(arguments: [
    ["--external", ""], ["--external", "a 'b"], ["--external", "a", "--external-timeout", "0"],
    ["--external-timeout", "-1"], ["--external-timeout", "nan"],
  ])
  func impossibleOnesAreRefused(_ arguments: [String]) {
    #expect(throws: (any Error).self) { try RunCommand.parse(arguments) }
  }

  @Test func workersTakePartWhateverElseIsSelected() throws {
    let options = try RunCommand.parse(["--external", "/nonexistent/one", "--external", "/nonexistent/two"]).external
    let workers = try options.workers()
    func ids(_ patterns: [String], _ layout: TensorLayout? = nil) throws -> [String] {
      try ExternalOptions.kernels(KernelSelection(patterns: patterns, layout: layout), workers).map(\.id.description)
    }
    #expect(try ids(["external-*"]) == ["external-one-nhwc", "external-two-nhwc"])
    #expect(try ids(["naive-nhwc"]) == ["naive-nhwc", "external-one-nhwc", "external-two-nhwc"])
    #expect(try ids(["*-two-*"]) == ["external-two-nhwc", "external-one-nhwc"])
    #expect(try ids(["naive-nchw"], .nchw) == ["naive-nchw"])
    #expect(try ids([]).count > 4)
  }

  @Test func twoOfOneNameAreRefused() throws {
    let options = try RunCommand.parse(["--external", "/nonexistent/one", "--external", "/other/one -v"]).external
    let error = #expect(throws: SelectionError.self) { try options.workers() }
    #expect(error?.description.contains("its name, one, is that of /nonexistent/one") == true)
  }
}
