import ConvolutionModel
import Measurement
import RegisterTiles

/// What a kernel should cost on a machine, told from the problem alone.
///
/// Three parts: the products, at the share of the peak that the family reaches, with the unused lanes of its tiles; what is
/// copied or transformed before and after them; and the packed weights, as far as they don't come from the second level.
public struct CostModel: Sendable {
  /// The machine's highest instruction set: what kernels that name none are taken to run.
  public let isa: InstructionSet
  /// Bytes of the second-level cache.
  public let l2Bytes: Int
  /// Bytes of the third-level cache.
  public let l3Bytes: Int
  /// What is known of kernels.
  package var table = CostTable.fitted

  /// Bytes of caches where the system doesn't tell.
  private static let assumedSecondLevelBytes = 1 << 20
  private static let assumedThirdLevelBytes = 32 << 20

  /// The model of a machine with these caches.
  public init(isa: InstructionSet, l2Bytes: Int, l3Bytes: Int) {
    self.isa = isa
    self.l2Bytes = l2Bytes
    self.l3Bytes = l3Bytes
  }

  /// The model of a machine.
  public init(_ machine: MachineIdentity = .current) {
    self.init(
      isa: machine.isa, l2Bytes: machine.l2Bytes ?? Self.assumedSecondLevelBytes,
      l3Bytes: machine.l3Bytes ?? Self.assumedThirdLevelBytes)
  }

  /// Expected cost of one run.
  ///
  /// - Parameters:
  ///   - id: a kernel that supports the operation.
  ///   - weights: whether the packed weights are in the caches, as far as they fit.
  ///   - threads: threads of a run; they share out the products but read the same weights.
  /// - Returns: multiply-adds at one core's peak that take as long; infinity for a family that isn't known.
  public func cost(
    of id: KernelID, _ operation: ConvolutionOperation, weights: WeightResidency = .warm, threads: Int = 1
  ) -> Double {
    guard let row = table.row(of: id) else { return .infinity }
    let lanes = lanes(of: id)
    return cost(
      of: KernelWork(id, operation, lanes: lanes), by: table.rows[row], lanes: lanes, weights: weights, threads: threads
    )
  }

  /// Floats of the vectors that a kernel works with.
  package func lanes(of id: KernelID) -> Int { (id.isa ?? isa).lanes }

  /// Expected cost of what was counted, in ``cost(of:_:weights:threads:)``'s units.
  package func cost(
    of work: KernelWork, by row: CostTable.Row, lanes: Int, weights: WeightResidency, threads: Int
  ) -> Double {
    let threads = Double(max(1, threads))
    let products = work.products / row.share / threads
    let moving = (row.perInput * work.inputs + row.perOutput * work.outputs) / threads
    // Weights are fetched while others are multiplied, but not quite for nothing.
    let streaming = streaming(work, lanes: lanes, weights)
    return max(products, streaming) + table.hiddenPart * min(products, streaming) + moving
  }

  /// What reading the packed weights takes by itself.
  private func streaming(_ work: KernelWork, lanes: Int, _ weights: WeightResidency) -> Double {
    let scale = Double(lanes) / 16
    let fromThird = table.perByteFromThirdLevel * scale
    let fromMemory = table.perByteFromMemory * scale
    // Half a level is left to the tensors.
    let again =
      work.weightBytes <= Double(l2Bytes) / 2 ? 0 : work.weightBytes <= Double(l3Bytes) / 2 ? fromThird : fromMemory
    let first = weights == .cold ? fromMemory : again
    return work.weightBytes * (first + (work.passes - 1) * again)
  }
}
