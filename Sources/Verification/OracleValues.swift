import ConvolutionModel
import ReferenceConvolution
import Synchronization

/// What the oracle says of the selected outputs on one class of data, and how far a kernel may be off.
final class OracleValues: Sendable {
  /// Positions of the outputs in an NCHW tensor of the output's shape; nil where it's all of them in order.
  let positions: [Int]?
  /// The exact outputs.
  let values: [Double]
  /// The largest sum of magnitudes of any stage of any selected output.
  let largestMagnitude: Double
  /// How many outputs depend on anything but padding, and how many of these aren't zero.
  let meaningful: (count: Int, nonzero: Int)
  /// The bound of direct summation, without underflow.
  private let unitBounds: [Double]
  private let underflow: Double
  private let reference: ReferenceConvolution
  private let boundFactors: BoundFactors
  private let tileBounds = Mutex<[Int: [Double]]>([:])

  init(_ data: TestData, samples: OutputSamples) throws(ConvolutionError) {
    let operation = data.operation
    reference = try ReferenceConvolution(
      operation, input: UnsafeBufferPointer(data.input.elements), parameters: data.parameters,
      residual: data.residual.map { UnsafeBufferPointer($0.elements) })
    boundFactors = BoundFactors(operation, data.dataClass)
    underflow = boundFactors.underflow(
      largestWeight: data.pointwiseWeights.map { $0.elements.reduce(0) { max($0, abs(Double($1))) } } ?? 0)
    let shape = operation.outputShape
    var values: [Double] = []
    var bounds: [Double] = []
    var magnitude = 0.0
    var counts = (count: 0, nonzero: 0)

    func note(_ value: ReferenceValue) {
      guard value.magnitude.isFinite, value.propagatedMagnitude.isFinite else { return }
      magnitude = max(magnitude, value.magnitude, value.propagatedMagnitude)
      if value.magnitude > 0 || value.propagatedMagnitude > 0 {
        counts.count += 1
        if value.value != 0 { counts.nonzero += 1 }
      }
    }
    switch samples {
    case .all:
      positions = nil
      values = Array(repeating: 0, count: shape.count)
      bounds = values
      for n in 0..<shape.batch {
        for y in 0..<shape.height {
          for x in 0..<shape.width {
            let pixel = reference.evaluate(batch: n, row: y, column: x, channels: 0..<shape.channels)
            for (k, value) in pixel.enumerated() {
              let place = TensorLayout.nchw.offset(shape, batch: n, channel: k, row: y, column: x)
              values[place] = value.value
              bounds[place] = boundFactors.unitBound(value)
              note(value)
            }
          }
        }
      }
    case .pixels(let pixels):
      var places: [Int] = []
      for pixel in pixels {
        let evaluated = reference.evaluate(
          batch: pixel.batch, row: pixel.row, column: pixel.column, channels: pixel.channels)
        for (k, value) in zip(pixel.channels, evaluated) {
          places.append(
            TensorLayout.nchw.offset(shape, batch: pixel.batch, channel: k, row: pixel.row, column: pixel.column))
          values.append(value.value)
          bounds.append(boundFactors.unitBound(value))
          note(value)
        }
      }
      positions = places
    }
    self.values = values
    unitBounds = bounds
    largestMagnitude = magnitude
    meaningful = counts
  }

  /// The largest |error| allowed at each of the selected outputs.
  func allowedErrors(_ bound: ErrorBound) -> [Double] {
    guard bound.tile > 1 else { return unitBounds.map { bound.constant * $0 + underflow } }
    let constant = bound.constant * boundFactors.transformed
    let lost = boundFactors.transformedUnderflow(tile: bound.tile)
    return tileUnitBounds(bound.tile).map { constant * $0 + lost }
  }

  /// Per selected output the largest unit bound among the outputs that could share a tile with it: those at most
  /// `tile − 1` rows and columns away, wherever the kernel's tiles begin. A tile reaches beyond the last row and column, and
  /// what would come out there counts too: its errors spread over the tile.
  private func tileUnitBounds(_ tile: Int) -> [Double] {
    tileBounds.withLock { cache in
      if let known = cache[tile] { return known }
      let result = positions.map { sampledTileBounds(tile, $0) } ?? denseTileBounds(tile)
      cache[tile] = result
      return result
    }
  }

  /// The maximum over a square window, taken along rows first and along columns then.
  private func denseTileBounds(_ tile: Int) -> [Double] {
    let shape = reference.operation.outputShape
    let (height, width) = (shape.height + tile - 1, shape.width + tile - 1)
    var result = unitBounds
    for batch in 0..<shape.batch {
      var planes = [[Double]](repeating: Array(repeating: 0, count: height * width), count: shape.channels)
      for y in 0..<height {
        for x in 0..<width {
          let isInside = y < shape.height && x < shape.width
          let beyond =
            isInside ? [] : reference.evaluate(batch: batch, row: y, column: x, channels: 0..<shape.channels)
          for channel in 0..<shape.channels {
            planes[channel][y * width + x] =
              isInside
              ? unitBounds[TensorLayout.nchw.offset(shape, batch: batch, channel: channel, row: y, column: x)]
              : boundFactors.unitBound(beyond[channel])
          }
        }
      }
      for (channel, plane) in planes.enumerated() {
        var rows = plane
        for y in 0..<height {
          for x in 0..<shape.width {
            let window = max(0, x - tile + 1)...x + tile - 1
            rows[y * width + x] = window.reduce(0) { max($0, plane[y * width + $1]) }
          }
        }
        let base = TensorLayout.nchw.offset(shape, batch: batch, channel: channel, row: 0, column: 0)
        for y in 0..<shape.height {
          let window = max(0, y - tile + 1)...y + tile - 1
          for x in 0..<shape.width {
            result[base + y * shape.width + x] = window.reduce(0) { max($0, rows[$1 * width + x]) }
          }
        }
      }
    }
    return result
  }

  /// The maximum over nine points of the window, its corners, the middles of its sides and its centre: evaluating the whole
  /// window would cost many times the samples. It's at most the window's maximum, so it never allows more. Where the window
  /// reaches beyond the output, all of its rows or columns there: the furthest of them may see nothing but padding.
  private func sampledTileBounds(_ tile: Int, _ positions: [Int]) -> [Double] {
    let shape = reference.operation.outputShape
    func places(_ place: Int, of extent: Int) -> Set<Int> {
      let inside: Set = [max(0, place - tile + 1), place, min(extent - 1, place + tile - 1)]
      return inside.union(extent..<max(extent, place + tile))
    }
    return zip(positions, unitBounds).map { position, own in
      let place = shape.place(position)
      var largest = own
      for y in places(place.row, of: shape.height) {
        for x in places(place.column, of: shape.width) where y != place.row || x != place.column {
          let channel = CollectionOfOne(place.channel)
          let value = reference.evaluate(batch: place.batch, row: y, column: x, channels: channel)
          largest = max(largest, boundFactors.unitBound(value[0]))
        }
      }
      return largest
    }
  }
}

/// The factors of the error bound that don't depend on the data's values; see ``ErrorBound`` and ``DataClass``.
private struct BoundFactors: Sendable {
  /// Half a unit in the last place of 1 in single precision.
  private static let roundoff = 0x1p-24
  private let last: Double
  private let propagated: Double
  private let firstTerms: Double
  private let lastTerms: Double
  /// What a transformed algorithm's bound is larger by: its errors are those of sums of either sign whatever the data's signs.
  let transformed: Double

  init(_ operation: ConvolutionOperation, _ dataClass: DataClass) {
    firstTerms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    lastTerms = operation.pointwise == nil ? firstTerms : Double(operation.problem.outputChannels)
    func random(_ terms: Double) -> Double { 8 * Self.roundoff * terms.squareRoot() }
    // Bias and residual are two terms more.
    func worst(_ terms: Double) -> Double {
      (terms + 2) * Self.roundoff / (1 - (terms + 2) * Self.roundoff)
    }
    let isWorst = dataClass == .oneSignedReals || dataClass == .cancellingReals
    last = isWorst ? worst(lastTerms) : random(lastTerms)
    propagated = operation.pointwise == nil ? 0 : isWorst ? worst(firstTerms) * (1 + last) : random(firstTerms)
    transformed = isWorst ? max(1, random(lastTerms) / worst(lastTerms)) : 1
  }

  /// The last stage's factor times `a`, and the first stage's through the pointwise weights. Activations don't appear: none
  /// enlarges a difference.
  func unitBound(_ value: ReferenceValue) -> Double {
    last * value.magnitude + propagated * value.propagatedMagnitude
  }

  /// `n·2⁻¹⁵⁰`: what products below the normal range may lose, the first stage's through the pointwise weights.
  func underflow(largestWeight: Double) -> Double {
    let through = propagated > 0 ? lastTerms * largestWeight * firstTerms : 0
    return (lastTerms + through) * 0x1p-150
  }

  /// What a transformed algorithm may lose below the normal range: every value of a transformed tile is rounded there, the errors
  /// of the channels add up like a random walk, and the output's transform takes them times powers of its largest point, which
  /// grow with the tile. Measured: 770·√n·2⁻¹⁴⁹ at the most for F(6, 3), of 2048 that are allowed.
  func transformedUnderflow(tile: Int) -> Double {
    let points = Double((tile + 2) * (tile + 2))
    let half = max(1, min(tile / 2, 8))
    let growth = Double(1 << (half * (half - 1) / 2))
    return 4 * points * growth * lastTerms.squareRoot() * 0x1p-149
  }
}

extension TensorShape {
  /// The place of an element of an NCHW tensor.
  func place(_ position: Int) -> (batch: Int, channel: Int, row: Int, column: Int) {
    let (rest, column) = position.quotientAndRemainder(dividingBy: width)
    let (plane, row) = rest.quotientAndRemainder(dividingBy: height)
    return (plane / channels, plane % channels, row, column)
  }
}
