import Testing

@testable import Reports

@Suite("Tables in every form")
struct TableTests {
  private let table = {
    var table = Table([.init("layer"), .init("ms", .right), .init("note")])
    table.append(["conv1_1", "0.36", .init("best", .best)])
    table.separate()
    table.append(["conv2, the \"wide\" one", "12.40", "a|b *c*\nd"])
    table.append(["x"])
    return table
  }()

  @Test func text() {
    let expected = """
      layer                     ms  note
      ---------------------  -----  -------------
      conv1_1                 0.36  best
      ---------------------  -----  -------------
      conv2, the "wide" one  12.40  a|b *c*\\u{a}d
      x

      """
    #expect(table.text() == expected)
  }

  @Test("Colours take no width and leave no trace where they're off")
  func colours() {
    #expect(table.text(colour: true).contains("0.36  \u{1B}[1mbest\u{1B}[0m\n"))
    #expect(!table.text(colour: false).contains("\u{1B}"))
    #expect(table.text(colour: true).replacing("\u{1B}[1m", with: "").replacing("\u{1B}[0m", with: "") == table.text())
  }

  @Test func markdown() {
    let expected = """
      | layer | ms | note |
      | :--- | ---: | :--- |
      | conv1_1 | 0.36 | best |
      | conv2, the "wide" one | 12.40 | a\\|b \\*c\\*\\\\u{a}d |
      | x |  |  |

      """
    #expect(table.markdown() == expected)
  }

  @Test func csv() {
    let expected = """
      layer,ms,note
      conv1_1,0.36,best
      "conv2, the ""wide"" one",12.40,"a|b *c*
      d"
      x,,

      """
    #expect(table.csv() == expected)
  }

  @Test(arguments: [
    ("plain", "plain"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""),
    (" a", "\" a\""), ("a ", "\"a \""), ("", ""), ("é×", "é×"),
  ])
  func csvFields(field: String, quoted: String) {
    var table = Table([.init("f"), .init("g")])
    table.append([.init(field), "1"])
    #expect(table.csv() == "f,g\n\(quoted),1\n")
  }

  @Test func emptyTablesKeepTheirHeads() {
    let table = Table([.init("a"), .init("b", .right, minimumWidth: 4)])
    #expect(table.text() == "a     b\n-  ----\n")
    #expect(table.csv() == "a,b\n")
    #expect(table.markdown() == "| a | b |\n| :--- | ---: |\n")
  }

  @Test func superfluousFieldsAreDropped() {
    var table = Table([.init("a")])
    table.append(["1", "2", "3"])
    #expect(table.csv() == "a\n1\n")
  }
}
