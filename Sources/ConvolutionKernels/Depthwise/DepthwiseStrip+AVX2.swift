#if arch(x86_64)
  import CKernelISA
  import RegisterTiles

  // Filter, stride and height. A body and the use of its trampoline stand in the same file.
  private typealias Row = Fused<SIMD8<Float>>

  @c(body_depthwise_3x3s1h1_avx2)
  private func strip3x3s1h1(_ strip: UnsafeRawPointer?) {
    runStrip(Window3<Tile1<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_3x3s1h2_avx2)
  private func strip3x3s1h2(_ strip: UnsafeRawPointer?) {
    runStrip(Window3<Tile2<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_3x3s2h1_avx2)
  private func strip3x3s2h1(_ strip: UnsafeRawPointer?) {
    runStrip(StridedWindow3<Tile1<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_3x3s2h2_avx2)
  private func strip3x3s2h2(_ strip: UnsafeRawPointer?) {
    runStrip(StridedWindow3<Tile2<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_5x5s1h1_avx2)
  private func strip5x5s1h1(_ strip: UnsafeRawPointer?) {
    runStrip(Window5<Tile1<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_5x5s2h1_avx2)
  private func strip5x5s2h1(_ strip: UnsafeRawPointer?) {
    runStrip(StridedWindow5<Tile1<Row>>.self, StoredTaps<Row>.self, strip)
  }

  extension DepthwiseStrip {
    /// Runs the window of a filter and a stride with as many rows as given, with AVX2 instructions.
    @inline(never)
    func runAVX2(filter: Int, stride: Int, height: Int) {
      withUnsafePointer(to: self) { strip in
        switch (filter, stride, height) {
        case (3, 1, 1): run_depthwise_3x3s1h1_avx2(strip)
        case (3, 1, 2): run_depthwise_3x3s1h2_avx2(strip)
        case (3, 2, 1): run_depthwise_3x3s2h1_avx2(strip)
        case (3, 2, 2): run_depthwise_3x3s2h2_avx2(strip)
        case (5, 1, 1): run_depthwise_5x5s1h1_avx2(strip)
        case (5, 2, 1): run_depthwise_5x5s2h1_avx2(strip)
        default: preconditionFailure("no depthwise window of \(filter)×\(filter), stride \(stride), \(height) rows")
        }
      }
    }
  }
#endif
