#if arch(x86_64)
  import CKernelISA

  // Height × vectors. A body and the use of its trampoline stand in the same file: each file is a unit of code generation
  // of its own.
  @c(body_slab1x2_avx2)
  private func slab1x2(_ block: UnsafeRawPointer?) {
    runSlabs(Tile1<Fused<SIMD16<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab2x2_avx2)
  private func slab2x2(_ block: UnsafeRawPointer?) {
    runSlabs(Tile2<Fused<SIMD16<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab3x2_avx2)
  private func slab3x2(_ block: UnsafeRawPointer?) {
    runSlabs(Tile3<Fused<SIMD16<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab4x2_avx2)
  private func slab4x2(_ block: UnsafeRawPointer?) {
    runSlabs(Tile4<Fused<SIMD16<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab5x2_avx2)
  private func slab5x2(_ block: UnsafeRawPointer?) {
    runSlabs(Tile5<Fused<SIMD16<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab6x2_avx2)
  private func slab6x2(_ block: UnsafeRawPointer?) {
    runSlabs(Tile6<Fused<SIMD16<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab1x1_avx2)
  private func slab1x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile1<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab2x1_avx2)
  private func slab2x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile2<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab3x1_avx2)
  private func slab3x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile3<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab4x1_avx2)
  private func slab4x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile4<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab5x1_avx2)
  private func slab5x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile5<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab6x1_avx2)
  private func slab6x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile6<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab7x1_avx2)
  private func slab7x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile7<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }
  @c(body_slab8x1_avx2)
  private func slab8x1(_ block: UnsafeRawPointer?) {
    runSlabs(Tile8<Fused<SIMD8<Float>>>.self, lanes: 8, block)
  }

  extension SlabBlock {
    /// The micro-kernels by vectors, then by height, from 1 on.
    @inline(never)
    func runAVX2(height: Int) {
      withUnsafePointer(to: self) { block in
        switch (vectors, height) {
        case (2, 1): run_slab1x2_avx2(block)
        case (2, 2): run_slab2x2_avx2(block)
        case (2, 3): run_slab3x2_avx2(block)
        case (2, 4): run_slab4x2_avx2(block)
        case (2, 5): run_slab5x2_avx2(block)
        case (2, 6): run_slab6x2_avx2(block)
        case (1, 1): run_slab1x1_avx2(block)
        case (1, 2): run_slab2x1_avx2(block)
        case (1, 3): run_slab3x1_avx2(block)
        case (1, 4): run_slab4x1_avx2(block)
        case (1, 5): run_slab5x1_avx2(block)
        case (1, 6): run_slab6x1_avx2(block)
        case (1, 7): run_slab7x1_avx2(block)
        case (1, 8): run_slab8x1_avx2(block)
        default: preconditionFailure("no tile of \(height) × \(vectors)")
        }
      }
    }
  }
#endif
