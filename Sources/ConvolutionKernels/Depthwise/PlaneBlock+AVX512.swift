#if arch(x86_64)
  import CKernelISA
  import RegisterTiles

  // Filter and stride. A body and the use of its trampoline stand in the same file.
  private typealias Row = Fused<SIMD16<Float>>

  @c(body_depthwise_planes_5x5s1_avx512)
  private func wide5x5s1(_ block: UnsafeRawPointer?) {
    runPlanes(Shape5x5<PlaneStride1>.self, Tile2<Row>.self, JoinedLanes.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_5x5s2_avx512)
  private func wide5x5s2(_ block: UnsafeRawPointer?) {
    runPlanes(Shape5x5<PlaneStride2>.self, Tile2<Row>.self, JoinedLanes.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_narrow_5x5s1_avx512)
  private func narrow5x5s1(_ block: UnsafeRawPointer?) {
    runPlanes(Narrow<Shape5x5<PlaneStride1>>.self, Tile7<Row>.self, RotatedLanes.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_narrow_5x5s2_avx512)
  private func narrow5x5s2(_ block: UnsafeRawPointer?) {
    runPlanes(Narrow<Shape5x5<PlaneStride2>>.self, Tile2<Row>.self, RotatedLanes.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_pairs_5x5s1_avx512)
  private func pairs5x5s1(_ block: UnsafeRawPointer?) {
    runPlanes(
      Paired<Shape5x5<PlaneStride1>>.self, Tile4<Row>.self, LoadedLanes<Row>.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_planes_pairs_5x5s2_avx512)
  private func pairs5x5s2(_ block: UnsafeRawPointer?) {
    runPlanes(Paired<Shape5x5<PlaneStride2>>.self, Tile4<Row>.self, RotatedLanes.self, StoredScalars<Row>.self, block)
  }

  extension PlaneBlock {
    /// Runs with AVX-512 instructions.
    @inline(never)
    func runAVX512(filter: Int, stride: Int, rowKind: StagedPlanes.RowKind) {
      withUnsafePointer(to: self) { block in
        switch (filter, stride, rowKind) {
        case (5, 1, .paired): run_depthwise_planes_pairs_5x5s1_avx512(block)
        case (5, 2, .paired): run_depthwise_planes_pairs_5x5s2_avx512(block)
        case (5, 1, .narrow): run_depthwise_planes_narrow_5x5s1_avx512(block)
        case (5, 2, .narrow): run_depthwise_planes_narrow_5x5s2_avx512(block)
        case (5, 1, .wide): run_depthwise_planes_5x5s1_avx512(block)
        case (5, 2, .wide): run_depthwise_planes_5x5s2_avx512(block)
        default: preconditionFailure("no depthwise planes for \(filter)×\(filter), stride \(stride)")
        }
      }
    }
  }
#endif
