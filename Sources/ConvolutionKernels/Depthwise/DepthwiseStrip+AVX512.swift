#if arch(x86_64)
  import CKernelISA
  import RegisterTiles

  // Filter, stride and height. A body and the use of its trampoline stand in the same file.
  private typealias Row = Fused<SIMD16<Float>>

  @c(body_depthwise_3x3s1h1_avx512)
  private func strip3x3s1h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      TwoColumns<Tile1<Row>>.self,
      OneColumn<FilterRows3<Tile1<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s1h2_avx512)
  private func strip3x3s1h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      TwoColumns<Tile2<Row>>.self,
      OneColumn<FilterRows3<Tile2<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s1h3_avx512)
  private func strip3x3s1h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      TwoColumns<Tile3<Row>>.self,
      OneColumn<FilterRows3<Tile3<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s1h4_avx512)
  private func strip3x3s1h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      TwoColumns<Tile4<Row>>.self,
      OneColumn<FilterRows3<Tile4<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h1_avx512)
  private func strip3x3s2h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile1<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile1<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h2_avx512)
  private func strip3x3s2h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile2<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile2<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h3_avx512)
  private func strip3x3s2h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile3<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile3<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h4_avx512)
  private func strip3x3s2h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile4<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile4<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h1_avx512)
  private func strip5x5s1h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile1<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile1<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h2_avx512)
  private func strip5x5s1h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile2<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile2<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h3_avx512)
  private func strip5x5s1h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile3<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile3<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h4_avx512)
  private func strip5x5s1h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile4<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile4<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h1_avx512)
  private func strip5x5s2h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile1<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile1<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h2_avx512)
  private func strip5x5s2h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile2<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile2<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h3_avx512)
  private func strip5x5s2h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile3<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile3<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h4_avx512)
  private func strip5x5s2h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile4<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile4<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_window5x5s1h1_avx512)
  private func window5x5s1h1(_ strip: UnsafeRawPointer?) {
    runWindow(Window5<Tile1<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_window5x5s1h2_avx512)
  private func window5x5s1h2(_ strip: UnsafeRawPointer?) {
    runWindow(Window5<Tile2<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_window5x5s1h3_avx512)
  private func window5x5s1h3(_ strip: UnsafeRawPointer?) {
    runWindow(Window5<Tile3<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_window5x5s2h1_avx512)
  private func window5x5s2h1(_ strip: UnsafeRawPointer?) {
    runWindow(StridedWindow5<Tile1<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_window5x5s2h2_avx512)
  private func window5x5s2h2(_ strip: UnsafeRawPointer?) {
    runWindow(StridedWindow5<Tile2<Row>>.self, StoredTaps<Row>.self, strip)
  }
  @c(body_depthwise_window5x5s2h3_avx512)
  private func window5x5s2h3(_ strip: UnsafeRawPointer?) {
    runWindow(StridedWindow5<Tile3<Row>>.self, StoredTaps<Row>.self, strip)
  }

  extension DepthwiseStrip {
    /// Runs a filter and a stride with as many rows as given, with AVX-512 instructions.
    @inline(never)
    func runAVX512(filter: Int, stride: Int, height: Int) {
      withUnsafePointer(to: self) { strip in
        switch (filter, stride, height) {
        case (3, 1, 1): run_depthwise_3x3s1h1_avx512(strip)
        case (3, 1, 2): run_depthwise_3x3s1h2_avx512(strip)
        case (3, 1, 3): run_depthwise_3x3s1h3_avx512(strip)
        case (3, 1, 4): run_depthwise_3x3s1h4_avx512(strip)
        case (3, 2, 1): run_depthwise_3x3s2h1_avx512(strip)
        case (3, 2, 2): run_depthwise_3x3s2h2_avx512(strip)
        case (3, 2, 3): run_depthwise_3x3s2h3_avx512(strip)
        case (3, 2, 4): run_depthwise_3x3s2h4_avx512(strip)
        case (5, 1, 1): run_depthwise_5x5s1h1_avx512(strip)
        case (5, 1, 2): run_depthwise_5x5s1h2_avx512(strip)
        case (5, 1, 3): run_depthwise_5x5s1h3_avx512(strip)
        case (5, 1, 4): run_depthwise_5x5s1h4_avx512(strip)
        case (5, 2, 1): run_depthwise_5x5s2h1_avx512(strip)
        case (5, 2, 2): run_depthwise_5x5s2h2_avx512(strip)
        case (5, 2, 3): run_depthwise_5x5s2h3_avx512(strip)
        case (5, 2, 4): run_depthwise_5x5s2h4_avx512(strip)
        default: preconditionFailure("no depthwise strip of \(filter)×\(filter), stride \(stride), \(height) rows")
        }
      }
    }

    /// Slides a window of 5×5 over the strip.
    @inline(never)
    func runWindowAVX512(stride: Int, height: Int) {
      withUnsafePointer(to: self) { strip in
        switch (stride, height) {
        case (1, 1): run_depthwise_window5x5s1h1_avx512(strip)
        case (1, 2): run_depthwise_window5x5s1h2_avx512(strip)
        case (1, 3): run_depthwise_window5x5s1h3_avx512(strip)
        case (2, 1): run_depthwise_window5x5s2h1_avx512(strip)
        case (2, 2): run_depthwise_window5x5s2h2_avx512(strip)
        case (2, 3): run_depthwise_window5x5s2h3_avx512(strip)
        default: preconditionFailure("no depthwise window of stride \(stride), \(height) rows")
        }
      }
    }
  }
#endif
