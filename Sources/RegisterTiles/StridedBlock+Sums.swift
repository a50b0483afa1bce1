extension StridedBlock {
  /// Whether some of a pixel's values are the next one's too, but none the one's after that, so that tiles of two vectors may
  /// read each of these once for two products: they read more than they compute otherwise.
  var pixelsOverlap: Bool { distance < channels && channels <= 2 * distance && vectors == 2 && !paired }
}

extension RegisterTile {
  /// Adds the products of the pixels from `values` on with the weights of one block.
  @inline(__always)
  mutating func addPixels(_ block: StridedBlock, _ values: Broadcasts, _ blockWeights: UnsafePointer<Float>) {
    var weights = blockWeights
    var tapValues = values
    for _ in 0..<block.taps {
      let tap = Self.pointers(tapValues, distance: block.distance)
      var channel = 0
      // Four steps a turn, at constant distances: each instruction of the loop's own may take the place of a product.
      let end = block.channels & ~(4 &* Row.step &- 1)
      while channel != end {
        addProducts(tap, channel, Row.load(weights))
        addProducts(tap, channel &+ Row.step, Row.load(weights + Row.width))
        addProducts(tap, channel &+ 2 &* Row.step, Row.load(weights + 2 &* Row.width))
        addProducts(tap, channel &+ 3 &* Row.step, Row.load(weights + 3 &* Row.width))
        weights += 4 &* Row.width
        channel &+= 4 &* Row.step
      }
      while channel < block.channels {
        addProducts(tap, channel, Row.load(weights))
        weights += Row.width
        channel &+= Row.step
      }
      tapValues += block.tapDistance
    }
  }

  /// The same where neighbouring pixels overlap: a value that two pixels have is multiplied with the weights of both places,
  /// in the order of the second pixel's.
  @inline(__always)
  mutating func addOverlappingPixels(
    _ block: StridedBlock, _ values: Broadcasts, _ blockWeights: UnsafePointer<Float>
  ) {
    let distance = block.distance
    let shared = block.channels &- distance
    var weights = blockWeights
    var tapValues = values
    for _ in 0..<block.taps {
      let tap = Self.pointers(tapValues, distance: distance)
      let next = tapValues + Self.height &* distance
      var channel = 0
      while channel < shared {
        let x = Row.load(weights)
        let y = Row.load(weights + distance &* Row.width)
        var outside = Row.zero
        addSharedProducts(tap, channel, x, y, above: &outside)
        last.addProduct(.broadcast(next + channel), y)
        weights += Row.width
        channel &+= 1
      }
      while channel < distance {
        addProducts(tap, channel, Row.load(weights))
        weights += Row.width
        channel &+= 1
      }
      weights += shared &* Row.width
      tapValues += block.tapDistance
    }
  }
}
