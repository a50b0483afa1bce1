/// A fraction of whole numbers, always reduced, its denominator positive: what Winograd's matrices are derived in, so that
/// nothing is rounded before a coefficient becomes a float.
struct Rational: Hashable, Sendable, ExpressibleByIntegerLiteral {
  let numerator: Int
  let denominator: Int

  /// - Precondition: the denominator isn't 0.
  init(_ numerator: Int, _ denominator: Int) {
    precondition(denominator != 0, "\(numerator)/0 is no number")
    var (divisor, rest) = (numerator, denominator)
    while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
    // The divisor takes the denominator's sign too.
    let sign = (divisor < 0) == (denominator < 0) ? 1 : -1
    self.numerator = numerator / divisor * sign
    self.denominator = denominator / divisor * sign
  }

  init(integerLiteral value: Int) { self.init(value, 1) }

  static func + (a: Self, b: Self) -> Self {
    Self(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }
  static func - (a: Self, b: Self) -> Self { a + -b }
  static func * (a: Self, b: Self) -> Self { Self(a.numerator * b.numerator, a.denominator * b.denominator) }
  static func / (a: Self, b: Self) -> Self { Self(a.numerator * b.denominator, a.denominator * b.numerator) }
  static prefix func - (a: Self) -> Self { Self(-a.numerator, a.denominator) }
}

extension Double {
  /// The nearest double.
  init(_ value: Rational) { self = Double(value.numerator) / Double(value.denominator) }
}

extension Float {
  /// The nearest float, for numerators and denominators that doubles hold exactly.
  init(_ value: Rational) { self.init(Double(value)) }
}
