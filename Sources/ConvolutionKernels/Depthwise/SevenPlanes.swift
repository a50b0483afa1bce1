#if arch(x86_64)
  import CKernelISA
  import RegisterTiles

  /// Whole planes of 7×7 with a filter of 3×3, stride 1 and padding of one: forty-eight outputs in three vectors as they
  /// follow one another, and one more. A row's first and last column lie somewhere in a vector; masks leave out what
  /// those read of the rows beside.
  struct SevenPlanes {
    /// The first plane; planes follow one another.
    var source: UnsafePointer<Float>
    var planes: Int
    /// `[planes][10]`: a plane's weights and its bias.
    var weights: UnsafePointer<Float>
    /// For each vector the lanes of all columns but the first, and of all but the last one; then the first lane.
    var masks: UnsafePointer<UInt16>
    /// A vector.
    var zeros: UnsafePointer<Float>
    /// Lies as the target and may be the same memory.
    var residual: UnsafePointer<Float>?
    var target: UnsafeMutablePointer<Float>
    var targetPlane: Int
    var low: Float
    var high: Float

    /// See ``masks``.
    static var masks: [UInt16] {
      var masks = [UInt16](repeating: 0, count: 7)
      for lane in 0..<48 {
        let bit: UInt16 = 1 << UInt16(lane % 16)
        let vector = lane / 16
        if lane % 7 != 0 { masks[2 * vector] |= bit }
        if lane % 7 != 6 { masks[2 * vector + 1] |= bit }
      }
      masks[6] = 1
      return masks
    }
  }

  private typealias Lanes = SIMD16<Float>

  /// Lanes of two vectors beside each other, see ``SIMD16/joined(_:_:from:)``, of which a mask leaves out some.
  @inline(__always)
  private func joined(_ lower: Lanes, _ upper: Lanes, from lane: Int, mask: UInt16) -> InPlaceRow {
    var lanes = Lanes.joined(lower, upper, from: lane)
    lanes.keep(mask: mask)
    return InPlaceRow(lanes: lanes)
  }

  @inline(__always)
  private func run(_ arguments: UnsafeRawPointer?) {
    let block = arguments.unsafelyUnwrapped.load(as: SevenPlanes.self)
    let masks = block.masks
    let (left0, right0, left1, right1) = (masks[0], masks[1], masks[2], masks[3])
    let (left2, right2, one) = (masks[4], masks[5], masks[6])
    let zero = Lanes.load(block.zeros)
    var source = block.source
    var weights = block.weights
    var place = 0
    for _ in 0..<block.planes {
      let taps = HeldScalars<InPlaceRow>(weights)
      let bias = InPlaceRow(repeating: weights[9])
      var (first, second, third) = (bias, bias, bias)
      var last = Fused<SIMD4<Float>>(repeating: weights[9])
      if let residual = block.residual {
        first += .load(residual + place)
        second += .load(residual + (place &+ 16))
        third += .load(residual + (place &+ 32))
        last += .load(residual + (place &+ 45))
      }
      @inline(__always) func load(_ offset: Int, _ mask: UInt16) -> InPlaceRow {
        InPlaceRow(lanes: .load(source + offset, mask: mask))
      }
      let (top, middle, bottom) = (Lanes.load(source), Lanes.load(source + 16), Lanes.load(source + 32))
      let end = Lanes.load(source + 48, mask: one)
      // The filter's rows from top to bottom; each adds to vectors that don't wait for one another. A load across cache
      // lines takes longer than a shuffle: the one in the middle keeps the loads busy while the shuffles are.
      first.addProduct(joined(zero, top, from: 8, mask: left0), taps[0])
      second.addProduct(load(8, left1), taps[0])
      third.addProduct(joined(middle, bottom, from: 8, mask: left2), taps[0])
      first.addProduct(InPlaceRow(lanes: .joined(zero, top, from: 9)), taps[1])
      second.addProduct(.load(source + 9), taps[1])
      third.addProduct(InPlaceRow(lanes: .joined(middle, bottom, from: 9)), taps[1])
      first.addProduct(joined(zero, top, from: 10, mask: right0), taps[2])
      second.addProduct(load(10, right1), taps[2])
      third.addProduct(joined(middle, bottom, from: 10, mask: right2), taps[2])

      first.addProduct(joined(zero, top, from: 15, mask: left0), taps[3])
      second.addProduct(load(15, left1), taps[3])
      third.addProduct(joined(middle, bottom, from: 15, mask: left2), taps[3])
      first.addProduct(InPlaceRow(lanes: top), taps[4])
      second.addProduct(InPlaceRow(lanes: middle), taps[4])
      third.addProduct(InPlaceRow(lanes: bottom), taps[4])
      first.addProduct(joined(top, middle, from: 1, mask: right0), taps[5])
      second.addProduct(load(17, right1), taps[5])
      third.addProduct(joined(bottom, end, from: 1, mask: right2), taps[5])

      first.addProduct(joined(top, middle, from: 6, mask: left0), taps[6])
      second.addProduct(load(22, left1), taps[6])
      third.addProduct(joined(bottom, end, from: 6, mask: left2), taps[6])
      first.addProduct(InPlaceRow(lanes: .joined(top, middle, from: 7)), taps[7])
      second.addProduct(.load(source + 23), taps[7])
      third.addProduct(InPlaceRow(lanes: .joined(bottom, end, from: 7)), taps[7])
      first.addProduct(joined(top, middle, from: 8, mask: right0), taps[8])
      second.addProduct(load(24, right1), taps[8])
      third.addProduct(joined(bottom, end, from: 8, mask: right2), taps[8])

      // The last output, in the last lane: nothing lies right of it or below.
      last.addProduct(.load(source + 37), Fused(repeating: weights[0]))
      last.addProduct(.load(source + 38), Fused(repeating: weights[1]))
      last.addProduct(.load(source + 44), Fused(repeating: weights[3]))
      last.addProduct(.load(source + 45), Fused(repeating: weights[4]))

      first.clamp(block.low, block.high)
      second.clamp(block.low, block.high)
      third.clamp(block.low, block.high)
      last.clamp(block.low, block.high)
      let target = block.target + place
      first.store(target)
      second.store(target + 16)
      third.store(target + 32)
      target[48] = last.lanes[3]
      source += 49
      weights += 10
      place &+= block.targetPlane
    }
  }

  @c(body_depthwise_in_place_7x7_avx512)
  private func runAVX512(_ block: UnsafeRawPointer?) { ConvolutionKernels.run(block) }

  extension SevenPlanes {
    /// Runs with AVX-512 instructions.
    @inline(never)
    func run() { withUnsafePointer(to: self) { run_depthwise_in_place_7x7_avx512($0) } }
  }
#endif
