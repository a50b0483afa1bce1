#if arch(x86_64)
  import CKernelISA
  import RegisterTiles

  // Filter and stride. A body and the use of its trampoline stand in the same file.
  private typealias Row = Fused<SIMD8<Float>>

  @c(body_depthwise_planes_3x3s1_avx2)
  private func wide3x3s1(_ block: UnsafeRawPointer?) {
    runPlanes(Shape3x3<PlaneStride1>.self, Tile4<Row>.self, LoadedLanes<Row>.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_3x3s2_avx2)
  private func wide3x3s2(_ block: UnsafeRawPointer?) {
    runPlanes(Shape3x3<PlaneStride2>.self, Tile4<Row>.self, LoadedLanes<Row>.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_5x5s1_avx2)
  private func wide5x5s1(_ block: UnsafeRawPointer?) {
    runPlanes(Shape5x5<PlaneStride1>.self, Tile4<Row>.self, LoadedLanes<Row>.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_5x5s2_avx2)
  private func wide5x5s2(_ block: UnsafeRawPointer?) {
    runPlanes(Shape5x5<PlaneStride2>.self, Tile2<Row>.self, LoadedLanes<Row>.self, StoredScalars<Row>.self, block)
  }

  extension PlaneBlock {
    /// Runs with AVX2 instructions.
    @inline(never)
    func runAVX2(filter: Int, stride: Int) {
      withUnsafePointer(to: self) { block in
        switch (filter, stride) {
        case (3, 1): run_depthwise_planes_3x3s1_avx2(block)
        case (3, 2): run_depthwise_planes_3x3s2_avx2(block)
        case (5, 1): run_depthwise_planes_5x5s1_avx2(block)
        case (5, 2): run_depthwise_planes_5x5s2_avx2(block)
        default: preconditionFailure("no depthwise planes for \(filter)×\(filter), stride \(stride)")
        }
      }
    }
  }
#endif
