import CKernelISA

/// A pointer to the values that are broadcast for one row of a tile: the channels of an input pixel.
public typealias Broadcasts = UnsafePointer<Float>

/// Rows above one another: the accumulators of one micro-kernel.
///
/// Tiles are types, so that the compiler sees nothing but structures of SIMD values and straight-line code: each accumulator
/// becomes a register, and there is no loop to unroll.
public protocol RegisterTile: BitwiseCopyable {
  /// One row: the output channels of a pixel.
  associatedtype Row: FloatVector
  /// One pointer a row, in registers.
  associatedtype Pointers: BitwiseCopyable
  /// Rows in the tile.
  static var height: Int { get }
  /// A tile whose rows are all `row`.
  init(repeating row: Row)
  /// A tile whose rows are `broadcasts[row]` in every lane.
  init(broadcasts: Broadcasts)
  /// Reads one pointer a row.
  static func pointers(_ source: UnsafePointer<Broadcasts>) -> Pointers
  /// One pointer a row, `distance` floats apart.
  static func pointers(_ first: Broadcasts, distance: Int) -> Pointers
  /// Adds `pointers[row][position] · x` to each row.
  mutating func addProducts(_ pointers: Pointers, _ position: Int, _ x: Row)
  /// Adds `pointers[row][position] · x` to each row and `pointers[row][position] · y` to the one above it, of the first row
  /// to `above`: each value is read once for two products.
  mutating func addSharedProducts(_ pointers: Pointers, _ position: Int, _ x: Row, _ y: Row, above: inout Row)
  /// The last row.
  var last: Row { get set }
  /// Adds `values[row · distance] · x` to each row.
  mutating func addProducts(_ values: Broadcasts, distance: Int, _ x: Row)
  /// Adds `pointers[row][offset…] · x`, lane by lane, to each row.
  mutating func addLaneProducts(_ pointers: Pointers, _ offset: Int, _ x: Row)
  /// Adds the vector beside `source + index · distance`, lane by lane times `x`, where the first row's index is given and
  /// each row's is `step` more than the one's above.
  mutating func addLaneProducts<Reader: LaneReader<Row>, Offset: LaneOffset>(
    _: Reader.Type, _: Offset.Type, _ source: UnsafePointer<Float>, from index: Int, step: Int, distance: Int, _ x: Row)
  /// Adds `x` times weights, lane by lane, to each row that has some: to the first row those of the index given, to each
  /// other row those of an index `step` less than for the one above.
  mutating func addLaneProducts<Weights: ColumnWeights<Row>>(_ x: Row, _ weights: Weights, from index: Int, step: Int)
  /// Adds a tile from memory, whose rows are `stride` floats apart.
  mutating func add(_ source: UnsafePointer<Float>, stride: Int)
  /// Adds the first columns of a tile from memory, whose rows are `stride` floats apart; the other columns stay.
  mutating func add(_ source: UnsafePointer<Float>, stride: Int, columns: Int)
  /// Clamps every lane, see ``FloatVector/clamp(_:_:)``.
  mutating func clamp(_ low: Float, _ high: Float)
  /// Writes the tile, rows `stride` floats apart.
  func store(_ target: UnsafeMutablePointer<Float>, stride: Int)
  /// Writes the first columns of the tile, rows `stride` floats apart.
  func store(_ target: UnsafeMutablePointer<Float>, stride: Int, columns: Int)
  /// Folds the rows, adds `bias` and a tile from memory, clamps, and writes the first columns, rows `stride` floats apart.
  func storeFolded(
    _ target: UnsafeMutablePointer<Float>, stride: Int, columns: Int, bias: Row.Output,
    addend: UnsafePointer<Float>?, bounds: (Float, Float)?)
}

/// The weights of one column of a filter of three rows.
public protocol ColumnWeights<Row> {
  associatedtype Row: FloatVector
  /// The weights of a row of the filter, 0 to 2. The index is a constant after inlining.
  subscript(row: Int) -> Row { get }
}

/// A tile of one row.
@frozen public struct Tile1<Row: FloatVector>: RegisterTile {
  /// The row.
  public var row: Row
  @inlinable @inline(__always) public init(repeating row: Row) { self.row = row }
  @inlinable @inline(__always) public init(broadcasts: Broadcasts) { row = .broadcast(broadcasts) }
  @inlinable @inline(__always) public static var height: Int { 1 }
  @inlinable @inline(__always) public static func pointers(_ source: UnsafePointer<Broadcasts>) -> Broadcasts {
    source.pointee
  }
  @inlinable @inline(__always) public static func pointers(_ first: Broadcasts, distance: Int) -> Broadcasts {
    kernel_opaque(first).unsafelyUnwrapped
  }
  @inlinable @inline(__always) public mutating func addProducts(_ pointers: Broadcasts, _ position: Int, _ x: Row) {
    row.addProduct(.broadcast(pointers + position), x)
  }
  @inlinable @inline(__always)
  public mutating func addSharedProducts(
    _ pointers: Broadcasts, _ position: Int, _ x: Row, _ y: Row, above: inout Row
  ) {
    let value = Row.broadcast(pointers + position)
    row.addProduct(value, x)
    above.addProduct(value, y)
  }
  @inlinable @inline(__always) public var last: Row {
    get { row }
    set { row = newValue }
  }
  @inlinable @inline(__always) public mutating func addProducts(_ values: Broadcasts, distance: Int, _ x: Row) {
    row.addProduct(Row(repeating: values.pointee), x)
  }
  @inlinable @inline(__always) public mutating func addLaneProducts(_ pointers: Broadcasts, _ offset: Int, _ x: Row) {
    row.addProduct(.load(pointers + offset), x)
  }
  @inlinable @inline(__always) public mutating func addLaneProducts<Reader: LaneReader<Row>, Offset: LaneOffset>(
    _: Reader.Type, _: Offset.Type, _ source: UnsafePointer<Float>, from index: Int, step: Int, distance: Int, _ x: Row
  ) {
    row.addProduct(Reader.read(source + index &* distance, Offset.self), x)
  }
  @inlinable @inline(__always) public mutating func addLaneProducts<Weights: ColumnWeights<Row>>(
    _ x: Row, _ weights: Weights, from index: Int, step: Int
  ) {
    if index >= 0 && index < 3 { row.addProduct(x, weights[index]) }
  }
  @inlinable @inline(__always) public mutating func add(_ source: UnsafePointer<Float>, stride: Int) {
    row += .load(source)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) { row.clamp(low, high) }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, stride: Int) {
    row.store(target)
  }
  @inlinable @inline(__always)
  public mutating func add(_ source: UnsafePointer<Float>, stride: Int, columns: Int) {
    row += .load(source, columns: columns)
  }
  @inlinable @inline(__always)
  public func store(_ target: UnsafeMutablePointer<Float>, stride: Int, columns: Int) {
    row.store(target, columns: columns)
  }
  @inlinable @inline(__always)
  public func storeFolded(
    _ target: UnsafeMutablePointer<Float>, stride: Int, columns: Int, bias: Row.Output,
    addend: UnsafePointer<Float>?, bounds: (Float, Float)?
  ) {
    var output = row.folded() + bias
    if let addend { output += .load(addend, columns: columns) }
    if let bounds { output.clamp(bounds.0, bounds.1) }
    output.store(target, columns: columns)
  }
}

/// Two tiles above one another.
@frozen public struct Above<Upper: RegisterTile, Lower: RegisterTile>: RegisterTile where Upper.Row == Lower.Row {
  public typealias Row = Upper.Row
  /// The pointers of both tiles.
  @frozen public struct Pointers: BitwiseCopyable {
    @usableFromInline var upper: Upper.Pointers
    @usableFromInline var lower: Lower.Pointers
    @inlinable @inline(__always) init(upper: Upper.Pointers, lower: Lower.Pointers) {
      self.upper = upper
      self.lower = lower
    }
  }
  @usableFromInline var upper: Upper
  @usableFromInline var lower: Lower
  @inlinable @inline(__always) public init(repeating row: Row) {
    upper = Upper(repeating: row)
    lower = Lower(repeating: row)
  }
  @inlinable @inline(__always) public init(broadcasts: Broadcasts) {
    upper = Upper(broadcasts: broadcasts)
    lower = Lower(broadcasts: broadcasts + Upper.height)
  }
  @inlinable @inline(__always) public static var height: Int { Upper.height &+ Lower.height }
  @inlinable @inline(__always) public static func pointers(_ source: UnsafePointer<Broadcasts>) -> Pointers {
    Pointers(upper: Upper.pointers(source), lower: Lower.pointers(source + Upper.height))
  }
  @inlinable @inline(__always) public static func pointers(_ first: Broadcasts, distance: Int) -> Pointers {
    Pointers(
      upper: Upper.pointers(first, distance: distance),
      lower: Lower.pointers(first + Upper.height &* distance, distance: distance))
  }
  @inlinable @inline(__always) public mutating func addProducts(_ pointers: Pointers, _ position: Int, _ x: Row) {
    upper.addProducts(pointers.upper, position, x)
    lower.addProducts(pointers.lower, position, x)
  }
  @inlinable @inline(__always)
  public mutating func addSharedProducts(_ pointers: Pointers, _ position: Int, _ x: Row, _ y: Row, above: inout Row) {
    upper.addSharedProducts(pointers.upper, position, x, y, above: &above)
    var lastAbove = upper.last
    lower.addSharedProducts(pointers.lower, position, x, y, above: &lastAbove)
    upper.last = lastAbove
  }
  @inlinable @inline(__always) public var last: Row {
    get { lower.last }
    set { lower.last = newValue }
  }
  @inlinable @inline(__always) public mutating func addProducts(_ values: Broadcasts, distance: Int, _ x: Row) {
    upper.addProducts(values, distance: distance, x)
    lower.addProducts(values + Upper.height * distance, distance: distance, x)
  }
  @inlinable @inline(__always) public mutating func addLaneProducts(_ pointers: Pointers, _ offset: Int, _ x: Row) {
    upper.addLaneProducts(pointers.upper, offset, x)
    lower.addLaneProducts(pointers.lower, offset, x)
  }
  @inlinable @inline(__always) public mutating func addLaneProducts<Reader: LaneReader<Row>, Offset: LaneOffset>(
    _: Reader.Type, _: Offset.Type, _ source: UnsafePointer<Float>, from index: Int, step: Int, distance: Int, _ x: Row
  ) {
    upper.addLaneProducts(Reader.self, Offset.self, source, from: index, step: step, distance: distance, x)
    lower.addLaneProducts(
      Reader.self, Offset.self, source, from: index &+ Upper.height &* step, step: step, distance: distance, x)
  }
  @inlinable @inline(__always) public mutating func addLaneProducts<Weights: ColumnWeights<Row>>(
    _ x: Row, _ weights: Weights, from index: Int, step: Int
  ) {
    upper.addLaneProducts(x, weights, from: index, step: step)
    lower.addLaneProducts(x, weights, from: index &- Upper.height &* step, step: step)
  }
  @inlinable @inline(__always) public mutating func add(_ source: UnsafePointer<Float>, stride: Int) {
    upper.add(source, stride: stride)
    lower.add(source + Upper.height &* stride, stride: stride)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) {
    upper.clamp(low, high)
    lower.clamp(low, high)
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, stride: Int) {
    upper.store(target, stride: stride)
    lower.store(target + Upper.height &* stride, stride: stride)
  }
  @inlinable @inline(__always)
  public mutating func add(_ source: UnsafePointer<Float>, stride: Int, columns: Int) {
    upper.add(source, stride: stride, columns: columns)
    lower.add(source + Upper.height &* stride, stride: stride, columns: columns)
  }
  @inlinable @inline(__always)
  public func store(_ target: UnsafeMutablePointer<Float>, stride: Int, columns: Int) {
    upper.store(target, stride: stride, columns: columns)
    lower.store(target + Upper.height &* stride, stride: stride, columns: columns)
  }
  @inlinable @inline(__always)
  public func storeFolded(
    _ target: UnsafeMutablePointer<Float>, stride: Int, columns: Int, bias: Row.Output,
    addend: UnsafePointer<Float>?, bounds: (Float, Float)?
  ) {
    upper.storeFolded(target, stride: stride, columns: columns, bias: bias, addend: addend, bounds: bounds)
    lower.storeFolded(
      target + Upper.height &* stride, stride: stride, columns: columns, bias: bias,
      addend: addend.map { $0 + Upper.height &* stride }, bounds: bounds)
  }
}

/// Tiles by their height.
public typealias Tile2<Row: FloatVector> = Above<Tile1<Row>, Tile1<Row>>
public typealias Tile3<Row: FloatVector> = Above<Tile2<Row>, Tile1<Row>>
public typealias Tile4<Row: FloatVector> = Above<Tile2<Row>, Tile2<Row>>
public typealias Tile5<Row: FloatVector> = Above<Tile4<Row>, Tile1<Row>>
public typealias Tile6<Row: FloatVector> = Above<Tile4<Row>, Tile2<Row>>
public typealias Tile7<Row: FloatVector> = Above<Tile4<Row>, Tile3<Row>>
public typealias Tile8<Row: FloatVector> = Above<Tile4<Row>, Tile4<Row>>
