import Testing
import Threading

struct ProductSplitTests {
  @Test(
    "The larger factor is shared, if that's even, and no thread is left with a tile or two of rows",
    arguments: [
      (3136, 4, 802_816, 16_384, 2, true), (49, 32, 25_088, 1_048_576, 2, false), (49, 1, 25_088, 1_048_576, 2, true),
      // Three blocks on two threads would leave one of them half idle.
      (196, 3, 100, 1000, 2, true), (40, 3, 1000, 100, 2, false), (196, 4, 100, 1000, 2, false),
      (196, 4, 1000, 1000, 2, true), (196, 21, 100, 1000, 2, false), (10, 8, 100, 10, 1, true),
    ] as [(Int, Int, Int, Int, Int, Bool)])
  func sharesRows(rows: Int, blocks: Int, left: Int, right: Int, threads: Int, expected: Bool) {
    #expect(
      ProductSplit.sharesRows(rows, blocks: blocks, leftCount: left, rightCount: right, threads: threads) == expected)
  }
}
