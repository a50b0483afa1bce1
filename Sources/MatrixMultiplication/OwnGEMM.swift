import ConvolutionModel
import RegisterTiles
import Threading

/// The package's own matrix product, on the register tiles of the direct convolution.
///
/// `B` is read in panels of one tile's width, each a contiguous `[k][columns]`; `A` is read where it lies, a pointer a row.
/// Blocks of rows and of the sum's length keep what is used again in the second-level cache: a block of `A`, the panel of `B`
/// at work and the one that's fetched meanwhile. No sum is split between threads, so that the result is the same for every
/// thread count.
public struct OwnGEMM: GEMM {
  /// The instruction set whose tiles are used.
  public let isa: InstructionSet

  /// Creates the implementation for an instruction set, by default the best that this machine has.
  public init(isa: InstructionSet = .best) { self.isa = isa }

  /// The most rows of `A` that are multiplied with a panel before the next one.
  package static let rowsPerBlock = 96
  /// The most products of a sum between two visits to `C`.
  package static let depthPerChunk = 1024
  /// Rows of a block from which on the panel that comes next needn't be fetched by the first one: its own first tile does it
  /// for many others.
  private static let rowsToFetchAhead = 64
  /// Elements of all panels up to which they stay in the second-level cache beside what else comes by.
  package static let maximumNearPanels = 1 << 17

  public var name: String { "own" }
  public var unavailableReason: String? { isa.availability.reason }
  public var coreType: String? { isa.rawValue }
  public var instructionSet: InstructionSet? { isa }

  public func packedBytes(_ side: GEMMSide, rows: Int, columns: Int) -> Int {
    switch side {
    case .left: 4 * rows * columns
    case .right: 4 * rows * ColumnBlocks(columns: columns, isa: isa).paddedColumns
    }
  }

  public func pack(
    _ side: GEMMSide, rows: Int, columns: Int, _ source: UnsafePointer<Float>, leadingDimension: Int,
    into destination: UnsafeMutableRawPointer
  ) {
    let target = destination.assumingMemoryBound(to: Float.self)
    switch side {
    case .left:
      for row in 0..<rows {
        (target + row * columns).update(from: source + row * leadingDimension, count: columns)
      }
    case .right:
      for block in ColumnBlocks(columns: columns, isa: isa) {
        packPanel(block, rows: rows, source, leadingDimension, target)
      }
    }
  }

  /// Packs one panel of `B` into its place among the panels.
  private func packPanel(
    _ block: ColumnBlocks.Block, rows: Int, _ source: UnsafePointer<Float>, _ leadingDimension: Int,
    _ panels: UnsafeMutablePointer<Float>
  ) {
    let width = block.vectors * isa.lanes
    var target = panels + block.first * rows
    var source = source + block.first
    for _ in 0..<rows {
      target.update(from: source, count: block.columns)
      for column in block.columns..<width { target[column] = 0 }
      target += width
      source += leadingDimension
    }
  }

  /// A thread's part of the workspace.
  private static let bytesPerThread =
    (4 * TileBlock.scratchCount + rowsPerBlock * MemoryLayout<Broadcasts>.stride + 63) & ~63

  public func workspaceBytes(m: Int, n: Int, k: Int, packed: GEMMSide?, threads: Int) -> Int {
    let panels = packed == .right ? 0 : (packedBytes(.right, rows: k, columns: n) + 63) & ~63
    return panels + threads * Self.bytesPerThread
  }

  public func multiply(_ arguments: GEMMArguments) {
    let blocks = ColumnBlocks(columns: arguments.n, isa: isa)
    let threads = arguments.threads
    var workspace = arguments.workspace!
    let panels: UnsafePointer<Float>
    if arguments.packed == .right {
      panels = arguments.b.assumingMemoryBound(to: Float.self)
    } else {
      let target = workspace.assumingMemoryBound(to: Float.self)
      let source = arguments.b.assumingMemoryBound(to: Float.self)
      ThreadPool.shared.run(parts: threads) { part in
        for index in split(blocks.count, part, threads) {
          packPanel(blocks[index], rows: arguments.k, source, arguments.ldb, target)
        }
      }
      panels = UnsafePointer(target)
      workspace += (packedBytes(.right, rows: arguments.k, columns: arguments.n) + 63) & ~63
    }
    let splitsRows = ProductSplit.sharesRows(
      arguments.m, blocks: blocks.count, leftCount: arguments.m * arguments.k, rightCount: arguments.k * arguments.n,
      threads: threads)
    ThreadPool.shared.run(parts: threads) { part in
      let rows = splitsRows ? split(arguments.m, part, threads) : 0..<arguments.m
      let columns = splitsRows ? 0..<blocks.count : split(blocks.count, part, threads)
      if arguments.k <= Self.depthPerChunk && arguments.k * blocks.paddedColumns <= Self.maximumNearPanels {
        return multiplyNear(arguments, panels, blocks, rows: rows, blocks: columns)
      }
      multiply(arguments, panels, blocks, rows: rows, blocks: columns, workspace + part * Self.bytesPerThread)
    }
  }

  private func split(_ count: Int, _ part: Int, _ parts: Int) -> Range<Int> {
    count * part / parts..<count * (part + 1) / parts
  }

  /// Even parts of a sum in whole cache lines, the last line perhaps in part.
  private func splitDepth(_ count: Int, _ part: Int, _ parts: Int) -> Range<Int> {
    let lines = split((count + 15) / 16, part, parts)
    return min(count, 16 * lines.lowerBound)..<min(count, 16 * lines.upperBound)
  }

  /// Computes some rows and some blocks of columns of `C` with panels that all stay in a near cache: each tile of rows goes
  /// through all of them.
  private func multiplyNear(
    _ arguments: GEMMArguments, _ panels: UnsafePointer<Float>, _ columnBlocks: ColumnBlocks, rows: Range<Int>,
    blocks: Range<Int>
  ) {
    if rows.isEmpty { return }
    let lda = arguments.packed == .left ? arguments.k : arguments.lda
    let a = arguments.a.assumingMemoryBound(to: Float.self) + rows.lowerBound * lda
    let c = arguments.c + rows.lowerBound * arguments.ldc
    var index = blocks.lowerBound
    while index < blocks.upperBound {
      let first = columnBlocks[index]
      let end = blocks[index...].first { columnBlocks[$0].vectors != first.vectors } ?? blocks.upperBound
      let target = c + first.first
      StridedBlock(
        values: a, distance: lda, pixels: rows.count, taps: 1, tapDistance: 0, channels: arguments.k,
        weights: panels + first.first * arguments.k, blockWeights: arguments.k * first.vectors * isa.lanes,
        blocks: end - index, vectors: first.vectors, columns: columnBlocks[end - 1].columns, target: target,
        targetStride: arguments.ldc, columnBias: nil, addend: arguments.accumulate ? UnsafePointer(target) : nil,
        finishes: false, low: 0, high: 0
      ).run(isa)
      index = end
    }
  }

  /// Computes some rows and some blocks of columns of `C`.
  private func multiply(
    _ arguments: GEMMArguments, _ panels: UnsafePointer<Float>, _ columnBlocks: ColumnBlocks, rows: Range<Int>,
    blocks: Range<Int>, _ workspace: UnsafeMutableRawPointer
  ) {
    let scratch = workspace.assumingMemoryBound(to: Float.self)
    let pointers = (workspace + 4 * TileBlock.scratchCount).assumingMemoryBound(to: Broadcasts.self)
    let a = arguments.a.assumingMemoryBound(to: Float.self)
    let lda = arguments.packed == .left ? arguments.k : arguments.lda
    // Sums of nothing are zero, and have to be written like all others.
    let chunks = max(1, (arguments.k + Self.depthPerChunk - 1) / Self.depthPerChunk)
    let rowBlocks = (rows.count + Self.rowsPerBlock - 1) / Self.rowsPerBlock
    for rowBlock in 0..<rowBlocks {
      let part = split(rows.count, rowBlock, rowBlocks)
      let row = rows.lowerBound + part.lowerBound
      for index in 0..<part.count { (pointers + index).initialize(to: a + (row + index) * lda) }
      for chunk in 0..<chunks {
        let depth = splitDepth(arguments.k, chunk, chunks)
        for index in blocks {
          let block = columnBlocks[index]
          let width = block.vectors * isa.lanes
          let weights = block.first * arguments.k + depth.lowerBound * width
          // The panel that comes next: the same part of the next block, or the next part of the first one.
          let isLast = index == blocks.upperBound - 1
          let following = columnBlocks[isLast ? blocks.lowerBound : index + 1]
          let start = !isLast ? depth.lowerBound : chunk + 1 < chunks ? depth.upperBound : 0
          let next = following.first * arguments.k + start * following.vectors * isa.lanes
          // The first panel is the one that meets the rows in a far cache; whole rows lie side by side.
          let fetchesRows =
            index == blocks.lowerBound && chunks == 1 && lda == arguments.k
            && (part.count >= Self.rowsToFetchAhead || blocks.count == 1)
          TileBlock(
            pointers: pointers, pointerStride: 0, pixels: part.count, taps: 1, firstChannel: depth.lowerBound,
            channels: depth.count, weights: panels + weights, weightsStride: width, nextWeights: next - weights,
            fetchesPixels: fetchesRows, vectors: block.vectors, columns: block.columns,
            target: arguments.c + row * arguments.ldc + block.first, targetStride: arguments.ldc,
            accumulates: arguments.accumulate || chunk > 0, finishes: false, low: 0, high: 0, scratch: scratch
          ).run(isa)
        }
      }
    }
  }
}
