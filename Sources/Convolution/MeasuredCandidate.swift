import ConvolutionModel
import Measurement

/// A kernel with its times, to be chosen from.
struct MeasuredCandidate {
  let kernel: KernelID
  let samples: ContenderSamples
  /// See ``ErrorBound/constant``.
  let errorConstant: Double
  /// Bytes of workspace and packed weights.
  let bytes: Int

  /// Slower by less than this is as fast.
  static let tie = 0.01
  /// Slower by less than this is as fast as long as the interval doesn't tell them apart.
  static let undecided = 0.03

  /// The place of the fastest. Those that aren't told from it are ties: of them the most exact, then the one that needs
  /// least memory, then the first by name, so that equal times give equal choices in any order.
  ///
  /// - Precondition: there is one at least, and all have samples.
  static func best(of candidates: [MeasuredCandidate]) -> Int {
    // Each against the first; rounds that both saw cancel what slowed them down.
    func ratio(_ index: Int, to other: Int) -> RatioEstimate? {
      RatioEstimate(of: candidates[index].samples, to: candidates[other].samples)
    }
    var fastest = 0
    for index in candidates.indices.dropFirst() where (ratio(index, to: fastest)?.ratio ?? .infinity) < 1 {
      fastest = index
    }
    func isTied(_ index: Int) -> Bool {
      guard index != fastest, let estimate = ratio(index, to: fastest) else { return index == fastest }
      if estimate.ratio <= 1 + tie { return true }
      return estimate.ratio <= 1 + undecided && estimate.standing(noiseFloor: tie) != .larger
    }
    return candidates.indices.filter(isTied).min { first, second in
      let (first, second) = (candidates[first], candidates[second])
      return (first.errorConstant, first.bytes, first.kernel.description)
        < (second.errorConstant, second.bytes, second.kernel.description)
    } ?? fastest
  }
}
