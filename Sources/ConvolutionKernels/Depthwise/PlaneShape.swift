/// A stride in both directions, as a type: constants of a type fold before the compiler weighs what to inline.
protocol PlaneStride {
  static var count: Int { get }
}
enum PlaneStride1: PlaneStride {
  @inline(__always) static var count: Int { 1 }
}
enum PlaneStride2: PlaneStride {
  @inline(__always) static var count: Int { 2 }
}

/// What a depthwise body on NCHW is made for.
protocol PlaneShape {
  associatedtype Stride: PlaneStride
  /// Edge of the filter: 3 or 5.
  static var filter: Int { get }
  /// Output rows in a vector.
  static var rowsPerVector: Int { get }
  /// Floats from one staged row to the next of its kind, where the body is made for one such distance only; otherwise 0.
  static var pitch: Int { get }
}

/// 3×3.
enum Shape3x3<Stride: PlaneStride>: PlaneShape {
  @inline(__always) static var filter: Int { 3 }
  @inline(__always) static var rowsPerVector: Int { 1 }
  @inline(__always) static var pitch: Int { 0 }
}

/// 5×5.
enum Shape5x5<Stride: PlaneStride>: PlaneShape {
  @inline(__always) static var filter: Int { 5 }
  @inline(__always) static var rowsPerVector: Int { 1 }
  @inline(__always) static var pitch: Int { 0 }
}

/// Another shape with two output rows in a vector of 16 lanes.
enum Paired<Shape: PlaneShape>: PlaneShape {
  typealias Stride = Shape.Stride
  @inline(__always) static var filter: Int { Shape.filter }
  @inline(__always) static var rowsPerVector: Int { 2 }
  /// A row of seven and its padding.
  @inline(__always) static var pitch: Int { Shape.filter == 5 && Stride.count == 1 ? 9 : 8 }
}

/// Another shape with rows of less than 16 columns.
enum Narrow<Shape: PlaneShape>: PlaneShape {
  typealias Stride = Shape.Stride
  @inline(__always) static var filter: Int { Shape.filter }
  @inline(__always) static var rowsPerVector: Int { 1 }
  @inline(__always) static var pitch: Int { 16 }
}
