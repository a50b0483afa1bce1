#if arch(x86_64)
  import CKernelISA

  // Height × vectors, pairs of channels in the lanes.
  private typealias Three = Beside<Paired<SIMD32<Float>>, Paired<SIMD16<Float>>>
  @c(body_pairs1x3_avx512)
  private func pairs1x3(_ block: UnsafeRawPointer?) { runStrided(Tile1<Three>.self, block) }
  @c(body_pairs2x3_avx512)
  private func pairs2x3(_ block: UnsafeRawPointer?) { runStrided(Tile2<Three>.self, block) }
  @c(body_pairs3x3_avx512)
  private func pairs3x3(_ block: UnsafeRawPointer?) { runStrided(Tile3<Three>.self, block) }
  @c(body_pairs4x3_avx512)
  private func pairs4x3(_ block: UnsafeRawPointer?) { runStrided(Tile4<Three>.self, block) }
  @c(body_pairs5x3_avx512)
  private func pairs5x3(_ block: UnsafeRawPointer?) { runStrided(Tile5<Three>.self, block) }
  @c(body_pairs6x3_avx512)
  private func pairs6x3(_ block: UnsafeRawPointer?) { runStrided(Tile6<Three>.self, block) }
  @c(body_pairs7x3_avx512)
  private func pairs7x3(_ block: UnsafeRawPointer?) { runStrided(Tile7<Three>.self, block) }
  @c(body_pairs8x3_avx512)
  private func pairs8x3(_ block: UnsafeRawPointer?) { runStrided(Tile8<Three>.self, block) }
  @c(body_pairs1x2_avx512)
  private func pairs1x2(_ block: UnsafeRawPointer?) { runStrided(Tile1<Paired<SIMD32<Float>>>.self, block) }
  @c(body_pairs2x2_avx512)
  private func pairs2x2(_ block: UnsafeRawPointer?) { runStrided(Tile2<Paired<SIMD32<Float>>>.self, block) }
  @c(body_pairs3x2_avx512)
  private func pairs3x2(_ block: UnsafeRawPointer?) { runStrided(Tile3<Paired<SIMD32<Float>>>.self, block) }
  @c(body_pairs4x2_avx512)
  private func pairs4x2(_ block: UnsafeRawPointer?) { runStrided(Tile4<Paired<SIMD32<Float>>>.self, block) }
  @c(body_pairs5x2_avx512)
  private func pairs5x2(_ block: UnsafeRawPointer?) { runStrided(Tile5<Paired<SIMD32<Float>>>.self, block) }
  @c(body_pairs6x2_avx512)
  private func pairs6x2(_ block: UnsafeRawPointer?) { runStrided(Tile6<Paired<SIMD32<Float>>>.self, block) }
  @c(body_pairs7x2_avx512)
  private func pairs7x2(_ block: UnsafeRawPointer?) { runStrided(Tile7<Paired<SIMD32<Float>>>.self, block) }
  @c(body_pairs8x2_avx512)
  private func pairs8x2(_ block: UnsafeRawPointer?) { runStrided(Tile8<Paired<SIMD32<Float>>>.self, block) }

  extension StridedBlock {
    /// The micro-kernels of pairs by vectors, then by height, from 1 on.
    @inline(never)
    func runPairsAVX512(height: Int) {
      withUnsafePointer(to: self) { block in
        switch (vectors, height) {
        case (3, 1): run_pairs1x3_avx512(block)
        case (3, 2): run_pairs2x3_avx512(block)
        case (3, 3): run_pairs3x3_avx512(block)
        case (3, 4): run_pairs4x3_avx512(block)
        case (3, 5): run_pairs5x3_avx512(block)
        case (3, 6): run_pairs6x3_avx512(block)
        case (3, 7): run_pairs7x3_avx512(block)
        case (3, 8): run_pairs8x3_avx512(block)
        case (2, 1): run_pairs1x2_avx512(block)
        case (2, 2): run_pairs2x2_avx512(block)
        case (2, 3): run_pairs3x2_avx512(block)
        case (2, 4): run_pairs4x2_avx512(block)
        case (2, 5): run_pairs5x2_avx512(block)
        case (2, 6): run_pairs6x2_avx512(block)
        case (2, 7): run_pairs7x2_avx512(block)
        case (2, 8): run_pairs8x2_avx512(block)
        default: preconditionFailure("no tile of \(height) × \(vectors) in pairs")
        }
      }
    }
  }
#endif
