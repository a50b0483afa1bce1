/// The four extents of an image tensor, whatever its order in memory.
public struct TensorShape: Hashable, Sendable, Codable {
  /// Images (N).
  public var batch: Int
  /// Channels (C).
  public var channels: Int
  /// Rows (H).
  public var height: Int
  /// Columns (W).
  public var width: Int

  /// Creates a shape from its extents.
  public init(batch: Int = 1, channels: Int, height: Int, width: Int) {
    self.batch = batch
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Elements in all.
  public var count: Int { batch * channels * height * width }

  /// Elements in all of a shape that anybody may have written down.
  ///
  /// - Throws: ``ConvolutionError/sizeNotPositive(name:value:)`` or ``ConvolutionError/sizeOverflow(what:)``.
  func checkedCount() throws(ConvolutionError) -> Int {
    var count = 1
    for (name, value) in [("batch", batch), ("channels", channels), ("height", height), ("width", width)] {
      if value < 1 { throw .sizeNotPositive(name: "the tensor's \(name)", value: value) }
      let (product, overflow) = count.multipliedReportingOverflow(by: value)
      if overflow { throw .sizeOverflow(what: "tensor") }
      count = product
    }
    return count
  }
}

extension TensorShape: CustomStringConvertible {
  /// Batch × channels × rows × columns.
  public var description: String { "\(batch)×\(channels)×\(height)×\(width)" }
}

/// The order of a tensor's elements in memory, outermost first.
public enum TensorLayout: String, Hashable, Sendable, CaseIterable, Codable {
  /// Batch, channels, rows, columns: the planes of one image follow one another.
  case nchw
  /// Batch, rows, columns, channels: the channels of one pixel lie side by side.
  case nhwc

  /// The position of an element in a dense tensor of the given shape.
  @inlinable
  public func offset(_ shape: TensorShape, batch n: Int, channel c: Int, row y: Int, column x: Int) -> Int {
    switch self {
    case .nchw: ((n * shape.channels + c) * shape.height + y) * shape.width + x
    case .nhwc: ((n * shape.height + y) * shape.width + x) * shape.channels + c
    }
  }
}

/// The caller's memory, seen as an image tensor that is only read.
///
/// A view doesn't own its memory: it is valid as long as the memory it was made from.
public struct TensorView<Element> {
  /// The elements, in the order of ``layout``.
  public let elements: UnsafeBufferPointer<Element>
  /// The extents.
  public let shape: TensorShape
  /// The order of the elements.
  public let layout: TensorLayout

  /// Sees `elements` as a tensor.
  ///
  /// - Throws: ``ConvolutionError/bufferTooShort(name:expected:actual:)``, and ``ConvolutionError/sizeNotPositive(name:value:)``
  ///   or ``ConvolutionError/sizeOverflow(what:)`` for a shape that no tensor has.
  public init(
    _ elements: UnsafeBufferPointer<Element>, shape: TensorShape, layout: TensorLayout
  ) throws(ConvolutionError) {
    let count = try shape.checkedCount()
    if elements.count < count { throw .bufferTooShort(name: "tensor", expected: count, actual: elements.count) }
    self.elements = elements
    self.shape = shape
    self.layout = layout
  }

  /// The element of image `n`, channel `c`, row `y`, column `x`.
  @inlinable
  public subscript(n: Int, c: Int, y: Int, x: Int) -> Element {
    elements[layout.offset(shape, batch: n, channel: c, row: y, column: x)]
  }
}

/// The caller's memory, seen as an image tensor that is written.
public struct MutableTensorView<Element> {
  /// The elements, in the order of ``layout``.
  public let elements: UnsafeMutableBufferPointer<Element>
  /// The extents.
  public let shape: TensorShape
  /// The order of the elements.
  public let layout: TensorLayout

  /// Sees `elements` as a tensor.
  ///
  /// - Throws: ``ConvolutionError/bufferTooShort(name:expected:actual:)``, and ``ConvolutionError/sizeNotPositive(name:value:)``
  ///   or ``ConvolutionError/sizeOverflow(what:)`` for a shape that no tensor has.
  public init(
    _ elements: UnsafeMutableBufferPointer<Element>, shape: TensorShape, layout: TensorLayout
  ) throws(ConvolutionError) {
    let count = try shape.checkedCount()
    if elements.count < count { throw .bufferTooShort(name: "tensor", expected: count, actual: elements.count) }
    self.elements = elements
    self.shape = shape
    self.layout = layout
  }

  /// The element of image `n`, channel `c`, row `y`, column `x`.
  @inlinable
  public subscript(n: Int, c: Int, y: Int, x: Int) -> Element {
    get { elements[layout.offset(shape, batch: n, channel: c, row: y, column: x)] }
    nonmutating set { elements[layout.offset(shape, batch: n, channel: c, row: y, column: x)] = newValue }
  }
}
