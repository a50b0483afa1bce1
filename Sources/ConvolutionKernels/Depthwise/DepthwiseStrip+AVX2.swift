#if arch(x86_64)
  import CKernelISA
  import RegisterTiles

  // Filter, stride and height. A body and the use of its trampoline stand in the same file.
  private typealias Row = Fused<SIMD8<Float>>

  @c(body_depthwise_3x3s1h1_avx2)
  private func strip3x3s1h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile1<Row>>, UnitStride>.self,
      OneColumn<FilterRows3<Tile1<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s1h2_avx2)
  private func strip3x3s1h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile2<Row>>, UnitStride>.self,
      OneColumn<FilterRows3<Tile2<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s1h3_avx2)
  private func strip3x3s1h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile3<Row>>, UnitStride>.self,
      OneColumn<FilterRows3<Tile3<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s1h4_avx2)
  private func strip3x3s1h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile4<Row>>, UnitStride>.self,
      OneColumn<FilterRows3<Tile4<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h1_avx2)
  private func strip3x3s2h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile1<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile1<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h2_avx2)
  private func strip3x3s2h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile2<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile2<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h3_avx2)
  private func strip3x3s2h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile3<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile3<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_3x3s2h4_avx2)
  private func strip3x3s2h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows3<Tile4<Row>>, DoubleStride>.self,
      OneColumn<FilterRows3<Tile4<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h1_avx2)
  private func strip5x5s1h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile1<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile1<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h2_avx2)
  private func strip5x5s1h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile2<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile2<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h3_avx2)
  private func strip5x5s1h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile3<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile3<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s1h4_avx2)
  private func strip5x5s1h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile4<Row>>, UnitStride>.self,
      OneColumn<FilterRows5<Tile4<Row>>, UnitStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h1_avx2)
  private func strip5x5s2h1(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile1<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile1<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h2_avx2)
  private func strip5x5s2h2(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile2<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile2<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h3_avx2)
  private func strip5x5s2h3(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile3<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile3<Row>>, DoubleStride>.self, strip)
  }
  @c(body_depthwise_5x5s2h4_avx2)
  private func strip5x5s2h4(_ strip: UnsafeRawPointer?) {
    runStrip(
      OneColumn<FilterRows5<Tile4<Row>>, DoubleStride>.self,
      OneColumn<FilterRows5<Tile4<Row>>, DoubleStride>.self, strip)
  }

  extension DepthwiseStrip {
    /// Runs a filter and a stride with as many rows as given, with AVX2 instructions.
    @inline(never)
    func runAVX2(filter: Int, stride: Int, height: Int) {
      withUnsafePointer(to: self) { strip in
        switch (filter, stride, height) {
        case (3, 1, 1): run_depthwise_3x3s1h1_avx2(strip)
        case (3, 1, 2): run_depthwise_3x3s1h2_avx2(strip)
        case (3, 1, 3): run_depthwise_3x3s1h3_avx2(strip)
        case (3, 1, 4): run_depthwise_3x3s1h4_avx2(strip)
        case (3, 2, 1): run_depthwise_3x3s2h1_avx2(strip)
        case (3, 2, 2): run_depthwise_3x3s2h2_avx2(strip)
        case (3, 2, 3): run_depthwise_3x3s2h3_avx2(strip)
        case (3, 2, 4): run_depthwise_3x3s2h4_avx2(strip)
        case (5, 1, 1): run_depthwise_5x5s1h1_avx2(strip)
        case (5, 1, 2): run_depthwise_5x5s1h2_avx2(strip)
        case (5, 1, 3): run_depthwise_5x5s1h3_avx2(strip)
        case (5, 1, 4): run_depthwise_5x5s1h4_avx2(strip)
        case (5, 2, 1): run_depthwise_5x5s2h1_avx2(strip)
        case (5, 2, 2): run_depthwise_5x5s2h2_avx2(strip)
        case (5, 2, 3): run_depthwise_5x5s2h3_avx2(strip)
        case (5, 2, 4): run_depthwise_5x5s2h4_avx2(strip)
        default: preconditionFailure("no depthwise strip of \(filter)×\(filter), stride \(stride), \(height) rows")
        }
      }
    }
  }
#endif
