#if arch(x86_64)
  import CKernelISA

  // Height × vectors. A body and the use of its trampoline stand in the same file: each file is a unit of code generation
  // of its own. The bodies are private, so that nothing of them is left but what the trampolines inlined.
  private typealias Three = Beside<Masked<SIMD32<Float>>, Masked<SIMD16<Float>>>
  @c(body_strided1x4_avx512)
  private func strided1x4(_ block: UnsafeRawPointer?) { runStrided(Tile1<Masked<SIMD64<Float>>>.self, block) }
  @c(body_strided2x4_avx512)
  private func strided2x4(_ block: UnsafeRawPointer?) { runStrided(Tile2<Masked<SIMD64<Float>>>.self, block) }
  @c(body_strided3x4_avx512)
  private func strided3x4(_ block: UnsafeRawPointer?) { runStrided(Tile3<Masked<SIMD64<Float>>>.self, block) }
  @c(body_strided4x4_avx512)
  private func strided4x4(_ block: UnsafeRawPointer?) { runStrided(Tile4<Masked<SIMD64<Float>>>.self, block) }
  @c(body_strided5x4_avx512)
  private func strided5x4(_ block: UnsafeRawPointer?) { runStrided(Tile5<Masked<SIMD64<Float>>>.self, block) }
  @c(body_strided6x4_avx512)
  private func strided6x4(_ block: UnsafeRawPointer?) { runStrided(Tile6<Masked<SIMD64<Float>>>.self, block) }
  @c(body_strided1x3_avx512)
  private func strided1x3(_ block: UnsafeRawPointer?) { runStrided(Tile1<Three>.self, block) }
  @c(body_strided2x3_avx512)
  private func strided2x3(_ block: UnsafeRawPointer?) { runStrided(Tile2<Three>.self, block) }
  @c(body_strided3x3_avx512)
  private func strided3x3(_ block: UnsafeRawPointer?) { runStrided(Tile3<Three>.self, block) }
  @c(body_strided4x3_avx512)
  private func strided4x3(_ block: UnsafeRawPointer?) { runStrided(Tile4<Three>.self, block) }
  @c(body_strided5x3_avx512)
  private func strided5x3(_ block: UnsafeRawPointer?) { runStrided(Tile5<Three>.self, block) }
  @c(body_strided6x3_avx512)
  private func strided6x3(_ block: UnsafeRawPointer?) { runStrided(Tile6<Three>.self, block) }
  @c(body_strided7x3_avx512)
  private func strided7x3(_ block: UnsafeRawPointer?) { runStrided(Tile7<Three>.self, block) }
  @c(body_strided8x3_avx512)
  private func strided8x3(_ block: UnsafeRawPointer?) { runStrided(Tile8<Three>.self, block) }
  @c(body_strided1x2_avx512)
  private func strided1x2(_ block: UnsafeRawPointer?) { runStrided(Tile1<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided2x2_avx512)
  private func strided2x2(_ block: UnsafeRawPointer?) { runStrided(Tile2<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided3x2_avx512)
  private func strided3x2(_ block: UnsafeRawPointer?) { runStrided(Tile3<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided4x2_avx512)
  private func strided4x2(_ block: UnsafeRawPointer?) { runStrided(Tile4<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided5x2_avx512)
  private func strided5x2(_ block: UnsafeRawPointer?) { runStrided(Tile5<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided6x2_avx512)
  private func strided6x2(_ block: UnsafeRawPointer?) { runStrided(Tile6<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided7x2_avx512)
  private func strided7x2(_ block: UnsafeRawPointer?) { runStrided(Tile7<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided8x2_avx512)
  private func strided8x2(_ block: UnsafeRawPointer?) { runStrided(Tile8<Masked<SIMD32<Float>>>.self, block) }
  @c(body_strided1x1_avx512)
  private func strided1x1(_ block: UnsafeRawPointer?) { runStrided(Tile1<Masked<SIMD16<Float>>>.self, block) }
  @c(body_strided2x1_avx512)
  private func strided2x1(_ block: UnsafeRawPointer?) { runStrided(Tile2<Masked<SIMD16<Float>>>.self, block) }
  @c(body_strided3x1_avx512)
  private func strided3x1(_ block: UnsafeRawPointer?) { runStrided(Tile3<Masked<SIMD16<Float>>>.self, block) }
  @c(body_strided4x1_avx512)
  private func strided4x1(_ block: UnsafeRawPointer?) { runStrided(Tile4<Masked<SIMD16<Float>>>.self, block) }
  @c(body_strided5x1_avx512)
  private func strided5x1(_ block: UnsafeRawPointer?) { runStrided(Tile5<Masked<SIMD16<Float>>>.self, block) }
  @c(body_strided6x1_avx512)
  private func strided6x1(_ block: UnsafeRawPointer?) { runStrided(Tile6<Masked<SIMD16<Float>>>.self, block) }
  @c(body_strided7x1_avx512)
  private func strided7x1(_ block: UnsafeRawPointer?) { runStrided(Tile7<Masked<SIMD16<Float>>>.self, block) }
  @c(body_strided8x1_avx512)
  private func strided8x1(_ block: UnsafeRawPointer?) { runStrided(Tile8<Masked<SIMD16<Float>>>.self, block) }

  extension StridedBlock {
    /// The micro-kernels by vectors, then by height, from 1 on.
    @inline(never)
    func runAVX512(height: Int) {
      if paired { return runPairsAVX512(height: height) }
      withUnsafePointer(to: self) { block in
        switch (vectors, height) {
        case (4, 1): run_strided1x4_avx512(block)
        case (4, 2): run_strided2x4_avx512(block)
        case (4, 3): run_strided3x4_avx512(block)
        case (4, 4): run_strided4x4_avx512(block)
        case (4, 5): run_strided5x4_avx512(block)
        case (4, 6): run_strided6x4_avx512(block)
        case (3, 1): run_strided1x3_avx512(block)
        case (3, 2): run_strided2x3_avx512(block)
        case (3, 3): run_strided3x3_avx512(block)
        case (3, 4): run_strided4x3_avx512(block)
        case (3, 5): run_strided5x3_avx512(block)
        case (3, 6): run_strided6x3_avx512(block)
        case (3, 7): run_strided7x3_avx512(block)
        case (3, 8): run_strided8x3_avx512(block)
        case (2, 1): run_strided1x2_avx512(block)
        case (2, 2): run_strided2x2_avx512(block)
        case (2, 3): run_strided3x2_avx512(block)
        case (2, 4): run_strided4x2_avx512(block)
        case (2, 5): run_strided5x2_avx512(block)
        case (2, 6): run_strided6x2_avx512(block)
        case (2, 7): run_strided7x2_avx512(block)
        case (2, 8): run_strided8x2_avx512(block)
        case (1, 1): run_strided1x1_avx512(block)
        case (1, 2): run_strided2x1_avx512(block)
        case (1, 3): run_strided3x1_avx512(block)
        case (1, 4): run_strided4x1_avx512(block)
        case (1, 5): run_strided5x1_avx512(block)
        case (1, 6): run_strided6x1_avx512(block)
        case (1, 7): run_strided7x1_avx512(block)
        case (1, 8): run_strided8x1_avx512(block)
        default: preconditionFailure("no tile of \(height) × \(vectors)")
        }
      }
    }
  }
#endif
