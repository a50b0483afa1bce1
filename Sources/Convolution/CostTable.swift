import ConvolutionModel

/// What the cost model knows of kernels and machines: numbers that are fitted to measured times.
///
/// All are in multiply-adds at the peak of the kernel's instruction set, so that they hold for cores of any speed.
/// `bench tune --fit RECORDS` fits them and writes the file that holds them; `bench tune --check RECORDS` says what choices by
/// them lose to the best kernel of each layer.
package struct CostTable: Hashable, Sendable {
  /// What is known of some kernels.
  package struct Row: Hashable, Sendable {
    /// The algorithm of the kernels.
    package let family: String
    /// Their variant; nil for all that have no row of their own before this one.
    package let variant: String?
    /// Their layout; nil for any.
    package let layout: TensorLayout?
    /// The share of the peak at which they multiply whole tiles.
    package var share: Double
    /// For each value that is brought into the products' order: copied for im2col, transformed to a point of Winograd's,
    /// and for direct kernels each pixel and tap that a block of output channels is pointed to.
    package var perInput: Double
    /// For each value that is brought into the output's order: stored, or transformed back from a point.
    package var perOutput: Double

    /// Describes kernels.
    package init(
      _ family: String, _ variant: String? = nil, _ layout: TensorLayout? = nil, share: Double, perInput: Double,
      perOutput: Double
    ) {
      self.family = family
      self.variant = variant
      self.layout = layout
      self.share = share
      self.perInput = perInput
      self.perOutput = perOutput
    }

    fileprivate func describes(_ id: KernelID) -> Bool {
      family == id.family && (variant == nil || variant == id.variant) && (layout == nil || layout == id.layout)
    }
  }

  /// What is known of kernels; the first row that describes a kernel is that kernel's.
  package var rows: [Row]
  /// For each byte of weights that is read from the third level. At 16 lanes: a core with narrower ones multiplies less in
  /// the same time.
  package var perByteFromThirdLevel: Double
  /// For each byte of weights that is read from memory.
  package var perByteFromMemory: Double
  /// The share of the lesser of multiplying and reading weights that doesn't go on behind the greater.
  package var hiddenPart: Double

  /// Gathers what is known.
  package init(rows: [Row], perByteFromThirdLevel: Double, perByteFromMemory: Double, hiddenPart: Double) {
    self.rows = rows
    self.perByteFromThirdLevel = perByteFromThirdLevel
    self.perByteFromMemory = perByteFromMemory
    self.hiddenPart = hiddenPart
  }

  /// The place of the row that describes a kernel; nil for families that aren't known.
  package func row(of id: KernelID) -> Int? { rows.firstIndex { $0.describes(id) } }
}

extension CostTable {
  /// The Swift file that holds a table.
  ///
  /// - Parameter note: what the table was fitted to, as whole lines of text.
  package func source(note: [String]) -> String {
    func number(_ value: Double) -> String {
      // Three digits: more than the times are good for.
      let scale = value > 0 ? ([1, 10, 100, 1000, 10000].first { value * $0 >= 100 } ?? 100_000) : 1
      return "\((value * scale).rounded() / scale)"
    }
    let rows = rows.map { row in
      let names = ["\"\(row.family)\"", row.variant.map { "\"\($0)\"" }, row.layout.map { ".\($0.rawValue)" }]
      // An absent variant before a layout.
      let head = row.variant == nil && row.layout != nil ? [names[0]!, "nil", names[2]!] : names.compactMap { $0 }
      return "      Row(\(head.joined(separator: ", ")), share: \(number(row.share)), "
        + "perInput: \(number(row.perInput)), perOutput: \(number(row.perOutput))),"
    }
    return """
      extension CostTable {
        /// The numbers of this version's kernels, written by `bench tune --fit`.
        ///
      \(note.map { "  /// \($0)" }.joined(separator: "\n"))
        package static let fitted = CostTable(
          rows: [
      \(rows.joined(separator: "\n"))
          ],
          perByteFromThirdLevel: \(number(perByteFromThirdLevel)), perByteFromMemory: \(number(perByteFromMemory)),
          hiddenPart: \(number(hiddenPart)))
      }

      """
  }
}
