/// What a verification looks at; a report names the check that didn't hold.
public enum VerificationCheck: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
  // Doing at all.
  /// The kernel makes a plan of an operation that it says it supports.
  case planning
  /// The plan runs.
  case running
  /// The memory to verify in could be had.
  case guardedMemory = "guarded memory"
  /// A foreign process kept to its protocol.
  case external

  // The use of memory.
  /// Nothing beside a buffer was touched, nor was anything written that is only to be read; told by inaccessible pages.
  case guardPages = "guard pages"
  /// Nothing close beside a buffer was written; told by what lies there.
  case strayWrite = "stray write"
  /// Planning left weights and biases as they were.
  case parametersUntouched = "parameters untouched"
  /// A run left its input as it was.
  case inputUntouched = "input untouched"
  /// A run left its residual as it was.
  case residualUntouched = "residual untouched"
  /// Every output was written.
  case completeOutput = "complete output"

  // The values.
  /// Whole numbers whose sums are exact.
  case exactIntegers = "exact integers"
  /// Reals of either sign.
  case zeroMeanReals = "zero-mean reals"
  /// Positive reals, whose rounding errors may all go one way.
  case oneSignedReals = "one-signed reals"
  /// Reals whose sums are small beside their terms.
  case cancellingReals = "cancelling reals"
  /// Whole numbers of a unit below the normal range: nothing is flushed to zero.
  case denormals
  /// NaN and infinities come out where they should, and nowhere else.
  case nonFinite = "NaN and infinity"

  // The same again.
  /// Another run, from other memory, or another plan gives the same bits.
  case repeatability
  /// Every number of threads gives the same bits.
  case threadIndependence = "thread independence"
  /// One plan, run by several callers at once, gives the same bits.
  case concurrency

  // Laws, which need no oracle.
  /// `f(2a − 3b) = 2f(a) − 3f(b)`.
  case linearity
  /// A single pixel of 1 gives back the filters, in place.
  case impulse
  /// An image moved by the strides gives an output moved by one.
  case translation
  /// `⟨f(x), y⟩ = ⟨x, fᵀ(y)⟩`.
  case adjoint
  /// An image gives the same whatever other images are in its batch.
  case batch
  /// Filters in another order give channels in another order; input channels in another order, with their weights, the same.
  case permutation
  /// A group by itself gives what it gives among others.
  case groups
  /// A stride is every so many outputs of stride 1.
  case subsampling

  public var description: String { rawValue }

  /// Whether it's about memory that a kernel was not to touch, or couldn't be made at all.
  var isOfMemory: Bool {
    [
      .planning, .running, .guardedMemory, .external, .guardPages, .strayWrite, .parametersUntouched, .inputUntouched,
      .residualUntouched,
    ].contains(self)
  }
}
