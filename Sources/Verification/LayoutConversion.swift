import ConvolutionModel

extension TensorLayout {
  /// Copies an NCHW tensor into this order.
  func copy(
    fromPlanes source: UnsafeBufferPointer<Float>, _ shape: TensorShape,
    to target: UnsafeMutableBufferPointer<Float>
  ) {
    guard self == .nhwc else {
      _ = target.update(fromContentsOf: UnsafeBufferPointer(rebasing: source[..<shape.count]))
      return
    }
    let pixels = shape.height * shape.width
    var next = 0
    for n in 0..<shape.batch {
      for c in 0..<shape.channels {
        var place = n * pixels * shape.channels + c
        for _ in 0..<pixels {
          target[place] = source[next]
          next += 1
          place += shape.channels
        }
      }
    }
  }

  /// A tensor in this order as NCHW.
  func planes(_ source: UnsafeBufferPointer<Float>, _ shape: TensorShape) -> [Float] {
    guard self == .nhwc else { return Array(source) }
    let pixels = shape.height * shape.width
    var planes: [Float] = []
    planes.reserveCapacity(shape.count)
    for n in 0..<shape.batch {
      for c in 0..<shape.channels {
        for pixel in 0..<pixels { planes.append(source[(n * pixels + pixel) * shape.channels + c]) }
      }
    }
    return planes
  }
}
