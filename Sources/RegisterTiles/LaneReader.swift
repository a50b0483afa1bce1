import CKernelISA

/// How far from an address a vector is read, as a type: constants of a type fold before the compiler weighs what to inline.
public protocol LaneOffset {
  /// In lanes, −2 to 2.
  static var lanes: Int { get }
}
/// Two lanes before an address.
public enum TwoBefore: LaneOffset {
  @inlinable @inline(__always) public static var lanes: Int { -2 }
}
/// A lane before an address.
public enum OneBefore: LaneOffset {
  @inlinable @inline(__always) public static var lanes: Int { -1 }
}
/// At an address.
public enum AtPlace: LaneOffset {
  @inlinable @inline(__always) public static var lanes: Int { 0 }
}
/// A lane after an address.
public enum OneAfter: LaneOffset {
  @inlinable @inline(__always) public static var lanes: Int { 1 }
}
/// Two lanes after an address.
public enum TwoAfter: LaneOffset {
  @inlinable @inline(__always) public static var lanes: Int { 2 }
}

/// A way to read a vector beside an address.
public protocol LaneReader<Row> {
  associatedtype Row: FloatVector
  /// Reads the vector that begins some lanes from an address.
  static func read<Offset: LaneOffset>(_ source: UnsafePointer<Float>, _: Offset.Type) -> Row
}

/// Reads where the vector is.
public enum LoadedLanes<Row: FloatVector>: LaneReader {
  @inlinable @inline(__always)
  public static func read<Offset: LaneOffset>(_ source: UnsafePointer<Float>, _: Offset.Type) -> Row {
    .load(source + Offset.lanes)
  }
}

/// Reads aligned vectors and joins parts of two: a load across cache lines takes longer than two loads and a shuffle.
public enum JoinedLanes: LaneReader {
  @inlinable @inline(__always)
  public static func read<Offset: LaneOffset>(
    _ source: UnsafePointer<Float>, _: Offset.Type
  ) -> Fused<SIMD16<Float>> {
    let lanes = SIMD16<Float>.load(source)
    if Offset.lanes == 0 { return Fused(lanes: lanes) }
    return Offset.lanes < 0
      ? Fused(lanes: .joined(.load(source - 16), lanes, Offset.self))
      : Fused(lanes: .joined(lanes, .load(source + 16), Offset.self))
  }
}

/// Reads an aligned vector and rotates it: for vectors whose last lanes and next vector's first ones don't matter or are
/// those of the vector itself.
public enum RotatedLanes: LaneReader {
  @inlinable @inline(__always)
  public static func read<Offset: LaneOffset>(
    _ source: UnsafePointer<Float>, _: Offset.Type
  ) -> Fused<SIMD16<Float>> {
    let lanes = SIMD16<Float>.load(source)
    return Fused(lanes: Offset.lanes == 0 ? lanes : .joined(lanes, lanes, Offset.self))
  }
}

extension SIMD16 where Scalar == Float {
  /// The lanes of two vectors beside each other from an offset on: from the lower one's first lane, or, before it, from the
  /// upper one's.
  @inlinable @inline(__always)
  public static func joined<Offset: LaneOffset>(_ lower: Self, _ upper: Self, _: Offset.Type) -> Self {
    var lanes = Self()
    var lower = lower
    var upper = upper
    if Offset.lanes == -2 { kernel_join16_from14(&lanes, &lower, &upper) }
    if Offset.lanes == -1 { kernel_join16_from15(&lanes, &lower, &upper) }
    if Offset.lanes == 1 { kernel_join16_from1(&lanes, &lower, &upper) }
    if Offset.lanes == 2 { kernel_join16_from2(&lanes, &lower, &upper) }
    return lanes
  }
  /// The lanes of two vectors beside each other from one of the lower one's on: a constant, of those that are needed.
  @inlinable @inline(__always)
  public static func joined(_ lower: Self, _ upper: Self, from lane: Int) -> Self {
    var lanes = Self()
    var lower = lower
    var upper = upper
    switch lane {
    case 1: kernel_join16_from1(&lanes, &lower, &upper)
    case 6: kernel_join16_from6(&lanes, &lower, &upper)
    case 7: kernel_join16_from7(&lanes, &lower, &upper)
    case 8: kernel_join16_from8(&lanes, &lower, &upper)
    case 9: kernel_join16_from9(&lanes, &lower, &upper)
    case 10: kernel_join16_from10(&lanes, &lower, &upper)
    case 15: kernel_join16_from15(&lanes, &lower, &upper)
    default: preconditionFailure("no vectors joined from lane \(lane)")
    }
    return lanes
  }

  /// Every second lane of two vectors beside each other, from the lower one's lane on that an offset of 0 to 2 says; from the
  /// third one on, the last lane is any.
  @inlinable @inline(__always)
  public static func halved<Offset: LaneOffset>(_ lower: Self, _ upper: Self, _: Offset.Type) -> Self {
    var lanes = Self()
    var lower = lower
    var upper = upper
    if Offset.lanes == 0 { kernel_halve16_from0(&lanes, &lower, &upper) }
    if Offset.lanes == 1 { kernel_halve16_from1(&lanes, &lower, &upper) }
    if Offset.lanes == 2 { kernel_halve16_from2(&lanes, &lower, &upper) }
    return lanes
  }
}
