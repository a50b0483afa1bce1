import Harness
import Testing

@Suite struct PeerListTests {
  @Test func commandsAndNotesAreToldApart() {
    let list = PeerList(text: "'python' 'a b.py'\n\n# mnn: no wheel\r\n  ./c --d\n")
    #expect(list.commands == ["'python' 'a b.py'", "./c --d"])
    #expect(list.notes == ["mnn: no wheel"])
  }

  @Test func aMissingListNamesTheScript() {
    #expect {
      try PeerList(file: "/nonexistent/workers")
    } throws: {
      "\($0)".contains("Benchmarks/Peers/install") && "\($0)".contains("/nonexistent/workers")
    }
  }
}
