#if arch(x86_64)
  import CKernelISA

  // Height × vectors. A body and the use of its trampoline stand in the same file: each file is a unit of code generation
  // of its own. The bodies are private, so that nothing of them is left but what the trampolines inlined.
  @c(body_strided1x2_avx2)
  private func strided1x2(_ block: UnsafeRawPointer?) { runStrided(Tile1<Fused<SIMD16<Float>>>.self, block) }
  @c(body_strided2x2_avx2)
  private func strided2x2(_ block: UnsafeRawPointer?) { runStrided(Tile2<Fused<SIMD16<Float>>>.self, block) }
  @c(body_strided3x2_avx2)
  private func strided3x2(_ block: UnsafeRawPointer?) { runStrided(Tile3<Fused<SIMD16<Float>>>.self, block) }
  @c(body_strided4x2_avx2)
  private func strided4x2(_ block: UnsafeRawPointer?) { runStrided(Tile4<Fused<SIMD16<Float>>>.self, block) }
  @c(body_strided5x2_avx2)
  private func strided5x2(_ block: UnsafeRawPointer?) { runStrided(Tile5<Fused<SIMD16<Float>>>.self, block) }
  @c(body_strided6x2_avx2)
  private func strided6x2(_ block: UnsafeRawPointer?) { runStrided(Tile6<Fused<SIMD16<Float>>>.self, block) }
  @c(body_strided1x1_avx2)
  private func strided1x1(_ block: UnsafeRawPointer?) { runStrided(Tile1<Fused<SIMD8<Float>>>.self, block) }
  @c(body_strided2x1_avx2)
  private func strided2x1(_ block: UnsafeRawPointer?) { runStrided(Tile2<Fused<SIMD8<Float>>>.self, block) }
  @c(body_strided3x1_avx2)
  private func strided3x1(_ block: UnsafeRawPointer?) { runStrided(Tile3<Fused<SIMD8<Float>>>.self, block) }
  @c(body_strided4x1_avx2)
  private func strided4x1(_ block: UnsafeRawPointer?) { runStrided(Tile4<Fused<SIMD8<Float>>>.self, block) }
  @c(body_strided5x1_avx2)
  private func strided5x1(_ block: UnsafeRawPointer?) { runStrided(Tile5<Fused<SIMD8<Float>>>.self, block) }
  @c(body_strided6x1_avx2)
  private func strided6x1(_ block: UnsafeRawPointer?) { runStrided(Tile6<Fused<SIMD8<Float>>>.self, block) }
  @c(body_strided7x1_avx2)
  private func strided7x1(_ block: UnsafeRawPointer?) { runStrided(Tile7<Fused<SIMD8<Float>>>.self, block) }
  @c(body_strided8x1_avx2)
  private func strided8x1(_ block: UnsafeRawPointer?) { runStrided(Tile8<Fused<SIMD8<Float>>>.self, block) }

  extension StridedBlock {
    /// The micro-kernels by vectors, then by height, from 1 on.
    @inline(never)
    func runAVX2(height: Int) {
      withUnsafePointer(to: self) { block in
        switch (vectors, height) {
        case (2, 1): run_strided1x2_avx2(block)
        case (2, 2): run_strided2x2_avx2(block)
        case (2, 3): run_strided3x2_avx2(block)
        case (2, 4): run_strided4x2_avx2(block)
        case (2, 5): run_strided5x2_avx2(block)
        case (2, 6): run_strided6x2_avx2(block)
        case (1, 1): run_strided1x1_avx2(block)
        case (1, 2): run_strided2x1_avx2(block)
        case (1, 3): run_strided3x1_avx2(block)
        case (1, 4): run_strided4x1_avx2(block)
        case (1, 5): run_strided5x1_avx2(block)
        case (1, 6): run_strided6x1_avx2(block)
        case (1, 7): run_strided7x1_avx2(block)
        case (1, 8): run_strided8x1_avx2(block)
        default: preconditionFailure("no tile of \(height) × \(vectors)")
        }
      }
    }
  }
#endif
