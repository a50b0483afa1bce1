#if arch(x86_64)
  import CKernelISA

  /// Lanes in registers of AVX-512, whose masks write some columns of a register as quickly as all.
  @frozen public struct Masked<Lanes: MaskedLanes>: FusedVector {
    public typealias Output = Self
    public var lanes: Lanes
    @inlinable @inline(__always) public init(lanes: Lanes) { self.lanes = lanes }
    @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>, columns: Int) -> Self {
      Self(lanes: .load(source, mask: mask(columns)))
    }
    @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, columns: Int) {
      lanes.store(target, mask: Self.mask(columns))
    }
    /// The lanes of the last register that belong to the columns.
    @inlinable @inline(__always) static func mask(_ columns: Int) -> UInt16 {
      UInt16(truncatingIfNeeded: 0xFFFF as UInt32 &>> UInt32(truncatingIfNeeded: max(width, 16) &- columns))
    }
  }

  /// Lanes that AVX-512 reads and writes under a mask, which is for the last register; the others are whole.
  public protocol MaskedLanes: KernelLanes {
    /// Reads the lanes; those that the mask leaves out are zero, and their memory isn't touched.
    static func load(_ source: UnsafePointer<Float>, mask: UInt16) -> Self
    /// Writes the lanes that the mask has.
    func store(_ target: UnsafeMutablePointer<Float>, mask: UInt16)
  }

  extension SIMD8: MaskedLanes where Scalar == Float {
    @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>, mask: UInt16) -> Self {
      var lanes = Self()
      kernel_load_masked8(&lanes, source, mask)
      return lanes
    }
    @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, mask: UInt16) {
      var lanes = self
      kernel_store_masked8(target, &lanes, mask)
    }
  }

  extension SIMD16: MaskedLanes where Scalar == Float {
    @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>, mask: UInt16) -> Self {
      var lanes = Self()
      kernel_load_masked16(&lanes, source, mask)
      return lanes
    }
    @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, mask: UInt16) {
      var lanes = self
      kernel_store_masked16(target, &lanes, mask)
    }
  }

  extension SIMD32: MaskedLanes where Scalar == Float {
    @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>, mask: UInt16) -> Self {
      var lanes = Self()
      kernel_load_masked32(&lanes, source, mask)
      return lanes
    }
    @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, mask: UInt16) {
      var lanes = self
      kernel_store_masked32(target, &lanes, mask)
    }
  }

  extension SIMD64: MaskedLanes where Scalar == Float {
    @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>, mask: UInt16) -> Self {
      var lanes = Self()
      kernel_load_masked64(&lanes, source, mask)
      return lanes
    }
    @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, mask: UInt16) {
      var lanes = self
      kernel_store_masked64(target, &lanes, mask)
    }
  }

  /// Two channels side by side for each column, in registers of AVX-512: half of a register of columns costs half of its
  /// products, and one register of columns becomes two, whose sums don't wait for each other.
  @frozen public struct Paired<Lanes: PairedLanes>: FusedVector {
    public typealias Output = Masked<Lanes.Folded>
    public var lanes: Lanes
    @inlinable @inline(__always) public init(lanes: Lanes) { self.lanes = lanes }
    @inlinable @inline(__always) public static var step: Int { 2 }
    @inlinable @inline(__always) public static func broadcast(_ source: UnsafePointer<Float>) -> Self {
      Self(lanes: .repeatingPair(source))
    }
    @inlinable @inline(__always) public func folded() -> Output { Output(lanes: lanes.foldedPairs()) }
  }

  /// Lanes that come in pairs.
  public protocol PairedLanes: KernelLanes {
    /// A lane for each pair.
    associatedtype Folded: MaskedLanes
    /// Reads two values and repeats them.
    static func repeatingPair(_ source: UnsafePointer<Float>) -> Self
    /// The sum of each pair.
    func foldedPairs() -> Folded
  }

  extension SIMD16: PairedLanes where Scalar == Float {
    @inlinable @inline(__always) public static func repeatingPair(_ source: UnsafePointer<Float>) -> Self {
      var lanes = Self()
      kernel_repeat_pair16(&lanes, source)
      return lanes
    }
    @inlinable @inline(__always) public func foldedPairs() -> SIMD8<Float> {
      var lanes = self
      var sums = SIMD8<Float>()
      kernel_fold_pairs16(&sums, &lanes)
      return sums
    }
  }

  extension SIMD32: PairedLanes where Scalar == Float {
    @inlinable @inline(__always) public static func repeatingPair(_ source: UnsafePointer<Float>) -> Self {
      var lanes = Self()
      kernel_repeat_pair32(&lanes, source)
      return lanes
    }
    @inlinable @inline(__always) public func foldedPairs() -> SIMD16<Float> {
      var lanes = self
      var sums = SIMD16<Float>()
      kernel_fold_pairs32(&sums, &lanes)
      return sums
    }
  }
#endif
