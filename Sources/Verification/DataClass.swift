/// The kinds of data that kernels are verified on.
public enum DataClass: String, Hashable, Sendable, CaseIterable {
  /// Small whole numbers (times one power of two) whose every partial sum is exact in single precision: a kernel that only
  /// adds and multiplies must give the exact result, so that nothing hides below a tolerance.
  case exactIntegers = "exact integers"
  /// Uniform in [−1, 1): what error bounds are stated for, `8u√n·Σ|x||w|`. Wilkinson's rule of thumb: rounding errors of
  /// independent terms add up like a random walk.
  case zeroMeanReals = "zero-mean reals"
  /// Uniform in [½, 1): errors may all go one way, so that the bound is `γ_n·Σ|x||w|`, `γ_n = nu/(1 − nu)`, which holds for any
  /// data and any order of summation (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
  case oneSignedReals = "one-signed reals"
  /// Terms that cancel but for about 2⁻⁸ of them; the bound is that of one-signed reals.
  case cancellingReals = "cancelling reals"
  /// Whole numbers times 2⁻¹⁴⁰: most sums lie below the normal range, and all are exact there.
  case denormals
  /// Whole numbers with a NaN and infinities of either sign among the inputs.
  case nonFinite = "NaN and infinity"

  /// What every kernel is verified on before it's timed.
  public static let basic: [DataClass] = [.exactIntegers, .zeroMeanReals]

  /// The check whose data they are.
  var check: VerificationCheck {
    switch self {
    case .exactIntegers: .exactIntegers
    case .zeroMeanReals: .zeroMeanReals
    case .oneSignedReals: .oneSignedReals
    case .cancellingReals: .cancellingReals
    case .denormals: .denormals
    case .nonFinite: .nonFinite
    }
  }

  /// Whether the data are whole numbers of one unit.
  var isWhole: Bool { [.exactIntegers, .denormals, .nonFinite].contains(self) }
}
