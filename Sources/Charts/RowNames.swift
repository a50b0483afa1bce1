/// The names on the left of a chart with rows, cut where they would take more than about half of a narrow picture.
struct RowNames {
  /// The names as they are written.
  let texts: [String]
  /// Where the rows begin.
  let right: Double

  init(_ names: [String], width: Double, most: Double = 0.48) {
    let widest = names.map { TextFit.width($0, size: 12) }.max() ?? 0
    right = min(widest + 14, width * most)
    let room = right - 10
    texts = names.map { TextFit.cutInside($0, to: room, size: 12) }
  }
}
