/// How exact a plan's kernel must say it is.
///
/// Kernels declare an ``ErrorBound``; verification holds them to it on every layer. A demand is compared with what is
/// declared, not with an error measured on some data.
public enum AccuracyDemand: Hashable, Sendable {
  /// Whatever the kernel declares: the fastest may be any variant of Winograd. The default; ``ConvolutionPlan/errorBound``
  /// says what was got.
  case any
  /// A constant of at most this much, see ``ErrorBound/constant``: 1 admits direct sums and F(2,3), whose error is about a
  /// direct sum's, but spread over tiles of outputs.
  case bound(Double)
  /// An error like that of a direct summation, output by output: rules out every variant of Winograd.
  case sum

  /// Why a kernel with such a bound doesn't do, as half a sentence; nil where it does.
  public func objection(to bound: ErrorBound) -> String? {
    switch self {
    case .any: nil
    case .bound(let constant):
      bound.constant <= constant
        ? nil : "its error constant is \(bound.constant); the demand is at most \(constant)"
    case .sum:
      if bound.tile != 1 {
        "its error spreads over tiles of \(bound.tile)×\(bound.tile) outputs; the demand is that of a direct sum"
      } else if bound.constant > 1 {
        "its error constant is \(bound.constant); the demand is that of a direct sum"
      } else {
        nil
      }
    }
  }
}

extension AccuracyDemand: CustomStringConvertible {
  /// `any`, `sum` or the constant.
  public var description: String {
    switch self {
    case .any: "any"
    case .bound(let constant): "\(constant)"
    case .sum: "sum"
    }
  }

  /// Reads what ``description`` writes; nil for anything else, also for a constant that isn't a positive number.
  public init?(_ text: String) {
    switch text {
    case "any": self = .any
    case "sum": self = .sum
    default:
      guard let constant = Double(text), constant > 0, constant.isFinite else { return nil }
      self = .bound(constant)
    }
  }
}

/// Where a run finds its packed weights.
public enum WeightResidency: String, Hashable, Sendable, Codable, CaseIterable {
  /// In the caches, as far as they fit, from the run before: one layer that is run over and over.
  case warm
  /// In memory: a network runs every other layer in between. Kernels with large transformed weights pay for reading them.
  case cold
}
