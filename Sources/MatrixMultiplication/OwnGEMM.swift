import ConvolutionModel
import RegisterTiles
import Threading

/// The package's own matrix product, on the register tiles of the direct convolution.
///
/// `B` is read in panels of one tile's width, each a contiguous `[k][columns]`; `A` is read where it lies, a pointer a row.
/// Blocks of rows and of the sum's length keep what is used again in the second-level cache. No sum is split between threads,
/// so that the result is the same for every thread count.
public struct OwnGEMM: GEMM {
  /// The instruction set whose tiles are used.
  public let isa: InstructionSet

  /// Creates the implementation for an instruction set, by default the best that this machine has.
  public init(isa: InstructionSet = .best) { self.isa = isa }

  /// Rows of `A` whose pointers are set up at once.
  package static let rowsPerBlock = 192
  /// The length of the sums between two visits to `C`.
  package static let depthPerChunk = 384

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
    let splitsRows = arguments.m >= 24 * threads || blocks.count < threads
    ThreadPool.shared.run(parts: threads) { part in
      let rows = splitsRows ? split(arguments.m, part, threads) : 0..<arguments.m
      let columns = splitsRows ? 0..<blocks.count : split(blocks.count, part, threads)
      multiply(arguments, panels, blocks, rows: rows, blocks: columns, workspace + part * Self.bytesPerThread)
    }
  }

  private func split(_ count: Int, _ part: Int, _ parts: Int) -> Range<Int> {
    count * part / parts..<count * (part + 1) / parts
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
    var row = rows.lowerBound
    while row < rows.upperBound {
      let count = min(Self.rowsPerBlock, rows.upperBound - row)
      for index in 0..<count { (pointers + index).initialize(to: a + (row + index) * lda) }
      for chunk in 0..<chunks {
        let depth = split(arguments.k, chunk, chunks)
        for index in blocks {
          let block = columnBlocks[index]
          let width = block.vectors * isa.lanes
          TileBlock(
            pointers: pointers, pointerStride: 0, pixels: count, taps: 1, firstChannel: depth.lowerBound,
            channels: depth.count, weights: panels + block.first * arguments.k + depth.lowerBound * width,
            weightsStride: width, vectors: block.vectors, columns: block.columns,
            target: arguments.c + row * arguments.ldc + block.first, targetStride: arguments.ldc,
            accumulates: arguments.accumulate || chunk > 0, finishes: false, low: 0, high: 0, scratch: scratch
          ).run(isa)
        }
      }
      row += count
    }
  }
}
