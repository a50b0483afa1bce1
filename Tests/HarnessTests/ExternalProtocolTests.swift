import ConvolutionModel
import Foundation
import Testing

@testable import Harness

@Suite struct ExternalProtocolTests {
  @Test(arguments: [
    ("./kernel", ["./kernel"]), ("  a  b\tc ", ["a", "b", "c"]),
    ("python3 'my file.py' -x", ["python3", "my file.py", "-x"]),
    (#"a "b \" \\ \n 'c'" d"#, ["a", #"b " \ \n 'c'"#, "d"]), (#"a\ b '' c"#, ["a b", "", "c"]), ("a'b'\"c\"", ["abc"]),
  ])
  func commandsAreSplitAsShellsDo(_ text: String, _ words: [String]) throws {
    #expect(try ExternalCommand(text).arguments == words)
  }

  @Test(arguments: ["", "  ", "'' a", "a 'b", "a \"b", "a \\"])
  func commandsWithoutAProgramOrAnEndAreRefused(_ text: String) {
    #expect(throws: SelectionError.self) { try ExternalCommand(text) }
  }

  @Test func requestsAreTheLinesThatAreDocumented() throws {
    func line(_ request: ExternalRequest) throws -> String { String(decoding: try request.line(), as: UTF8.self) }
    #expect(try line(.hello) == #"{"protocol":1,"type":"hello"}"# + "\n")
    #expect(try line(.run(id: 7, times: 3, warmups: 1)) == #"{"id":7,"times":3,"type":"run","warmups":1}"# + "\n")
    #expect(try line(.release(id: 7)) == #"{"id":7,"type":"release"}"# + "\n")
    #expect(try line(.bye) == #"{"type":"bye"}"# + "\n")

    let problem = try ConvolutionProblem(
      batch: 2, inputChannels: 4, inputHeight: 5, inputWidth: 6, outputChannels: 8, filterHeight: 3, filterWidth: 2,
      strideHeight: 1, strideWidth: 2, padding: Padding(top: 1, left: 2, bottom: 3, right: -1), dilationHeight: 1,
      dilationWidth: 3, groups: 2)
    let tensor = ExternalPreparation.Tensor(path: "/a/b", offset: 4096, bytes: 12)
    let preparation = ExternalPreparation(
      id: 9, problem: "p", sizes: .init(problem), epilogue: .init(bias: true, residual: false, activation: .relu6),
      layout: .nhwc, threads: 2,
      tensors: .init(weights: tensor, bias: tensor, input: tensor, residual: nil, output: tensor))
    let text = try line(.prepare(preparation))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["type"] as? String == "prepare" && object["id"] as? Int == 9 && object["threads"] as? Int == 2)
    #expect(object["layout"] as? String == "nhwc" && object["problem"] as? String == "p")
    #expect(
      object["sizes"] as? [String: Int] == [
        "batch": 2, "inputChannels": 4, "inputHeight": 5, "inputWidth": 6, "outputChannels": 8,
        "outputHeight": problem.outputHeight, "outputWidth": problem.outputWidth, "filterHeight": 3, "filterWidth": 2,
        "strideHeight": 1, "strideWidth": 2, "paddingTop": 1, "paddingLeft": 2, "paddingBottom": 3, "paddingRight": -1,
        "dilationHeight": 1, "dilationWidth": 3, "groups": 2,
      ])
    let epilogue = try #require(object["epilogue"] as? [String: Any])
    #expect(epilogue["bias"] as? Bool == true && epilogue["residual"] as? Bool == false)
    #expect(epilogue["activation"] as? String == "relu6")
    let tensors = try #require(object["tensors"] as? [String: [String: Any]])
    #expect(tensors.keys.sorted() == ["bias", "input", "output", "weights"])
    #expect(tensors["weights"]?["path"] as? String == "/a/b" && tensors["weights"]?["offset"] as? Int == 4096)
    #expect(text.filter { $0 == "\n" }.count == 1 && !text.contains("\\/"))
    #expect(try JSONDecoder().decode(ExternalPreparation.self, from: Data(text.utf8)) == preparation)
  }

  private func hello(_ text: String) throws(ExternalFailure) -> ExternalHello {
    let hello = try ExternalWorker.decode(ExternalHello.self, Array(text.utf8))
    try hello.check()
    return hello
  }

  @Test func aGreetingIsRead() throws {
    let full = try hello(
      #"{"type":"hello","protocol":1,"name":"one-dnn3","version":"3.8","later":{"a":[1]},"isa":"avx512","notes":"n","#
        + #""capabilities":{"layouts":["nhwc","nchw"],"maxThreads":4,"winograd":4}}"#)
    #expect(full.name == "one-dnn3" && full.version == "3.8" && full.isa == "avx512" && full.notes == "n")
    #expect(full.layouts == [.nchw, .nhwc] && full.capabilities.maxThreads == 4 && full.capabilities.winograd == 4)
    #expect(
      try hello(#"{"protocol":1,"name":"a","version":"","capabilities":{"layouts":["nchw"]}}"#).layouts == [.nchw])
  }

  @Test(arguments: [
    (#"{"protocol":2,"name":"a","version":"1","capabilities":{"layouts":["nchw"]}}"#, "protocol is 2; expected 1"),
    (#"{"protocol":1,"name":"A b","version":"1","capabilities":{"layouts":["nchw"]}}"#, "name is 'A b'"),
    (#"{"protocol":1,"name":"","version":"1","capabilities":{"layouts":["nchw"]}}"#, "name is ''"),
    (#"{"protocol":1,"name":"1a","version":"1","capabilities":{"layouts":["nchw"]}}"#, "a letter first"),
    (#"{"protocol":1,"name":"a","version":"1","capabilities":{"layouts":[]}}"#, "layouts is empty"),
    (#"{"protocol":1,"name":"a","version":"1","capabilities":{"layouts":["chwn"]}}"#, "layouts names 'chwn'"),
    (#"{"protocol":1,"name":"a","version":"1","capabilities":{"layouts":["nchw"],"maxThreads":0}}"#, "maxThreads is 0"),
    (#"{"protocol":1,"name":"a","version":"1","capabilities":{"layouts":["nchw"],"winograd":3}}"#, "winograd is 3"),
    (#"{"protocol":1,"name":"a","capabilities":{"layouts":["nchw"]}}"#, "no field version"),
    (#"{"protocol":"1","name":"a","version":"1","capabilities":{"layouts":["nchw"]}}"#, "wrong type in protocol"),
    (#"{"protocol":1,"name":"a","version":"1","capabilities":{"layouts":[7]}}"#, "wrong type in capabilities.layouts"),
    ("hello world", "no JSON object"), ("", "no JSON object"),
  ])
  func wrongGreetingsAreRefusedWithAReason(_ text: String, _ reason: String) {
    let error = #expect(throws: ExternalFailure.self) { try hello(text) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error)); expected \(reason)")
  }

  @Test(
    arguments: [
      ([1.5, 2], 2, nil), ([1], 2, "1 times were reported; expected 2"), ([], 1, "0 times"), ([0], 1, "a run took 0"),
      ([-1], 1, "expected more than 0"), ([60, 50], 2, "the answer came after 100"),
    ] as [([Double], Int, String?)])
  func timesMustBePossible(_ nanoseconds: [Double], _ times: Int, _ reason: String?) {
    var said: String?
    do throws(ExternalFailure) {
      try ExternalRan(id: 1, nanoseconds: nanoseconds).check(id: 1, times: times, waited: 100)
    } catch {
      said = error.description
    }
    #expect((said == nil) == (reason == nil) && said?.contains(reason ?? "") != false, "\(said ?? "nothing")")
  }

  @Test func aForeignClockShowsForeignTimeOnly() {
    let clock = ForeignClock()
    let start = clock.nanoseconds()
    clock.during {
      usleep(20_000)
      return 1000
    }
    let after = clock.nanoseconds()
    #expect(after >= start + 1000 && after < start + 15_000_000)
    clock.during { 1e10 }
    #expect(clock.nanoseconds() >= after + 10_000_000_000)
  }
}
