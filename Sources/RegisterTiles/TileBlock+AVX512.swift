#if arch(x86_64)
  import CKernelISA

  // Height × vectors. A body and the use of its trampoline stand in the same file: each file is a unit of code generation
  // of its own. The bodies are private, so that nothing of them is left but what the trampolines inlined.
  private typealias Three = Beside<Fused<SIMD32<Float>>, Fused<SIMD16<Float>>>
  @c(body_tile1x4_avx512)
  private func tile1x4(_ block: UnsafeRawPointer?) { runTiles(Tile1<Fused<SIMD64<Float>>>.self, block) }
  @c(body_tile2x4_avx512)
  private func tile2x4(_ block: UnsafeRawPointer?) { runTiles(Tile2<Fused<SIMD64<Float>>>.self, block) }
  @c(body_tile3x4_avx512)
  private func tile3x4(_ block: UnsafeRawPointer?) { runTiles(Tile3<Fused<SIMD64<Float>>>.self, block) }
  @c(body_tile4x4_avx512)
  private func tile4x4(_ block: UnsafeRawPointer?) { runTiles(Tile4<Fused<SIMD64<Float>>>.self, block) }
  @c(body_tile5x4_avx512)
  private func tile5x4(_ block: UnsafeRawPointer?) { runTiles(Tile5<Fused<SIMD64<Float>>>.self, block) }
  @c(body_tile6x4_avx512)
  private func tile6x4(_ block: UnsafeRawPointer?) { runTiles(Tile6<Fused<SIMD64<Float>>>.self, block) }
  @c(body_tile1x3_avx512)
  private func tile1x3(_ block: UnsafeRawPointer?) { runTiles(Tile1<Three>.self, block) }
  @c(body_tile2x3_avx512)
  private func tile2x3(_ block: UnsafeRawPointer?) { runTiles(Tile2<Three>.self, block) }
  @c(body_tile3x3_avx512)
  private func tile3x3(_ block: UnsafeRawPointer?) { runTiles(Tile3<Three>.self, block) }
  @c(body_tile4x3_avx512)
  private func tile4x3(_ block: UnsafeRawPointer?) { runTiles(Tile4<Three>.self, block) }
  @c(body_tile5x3_avx512)
  private func tile5x3(_ block: UnsafeRawPointer?) { runTiles(Tile5<Three>.self, block) }
  @c(body_tile6x3_avx512)
  private func tile6x3(_ block: UnsafeRawPointer?) { runTiles(Tile6<Three>.self, block) }
  @c(body_tile7x3_avx512)
  private func tile7x3(_ block: UnsafeRawPointer?) { runTiles(Tile7<Three>.self, block) }
  @c(body_tile8x3_avx512)
  private func tile8x3(_ block: UnsafeRawPointer?) { runTiles(Tile8<Three>.self, block) }
  @c(body_tile1x2_avx512)
  private func tile1x2(_ block: UnsafeRawPointer?) { runTiles(Tile1<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile2x2_avx512)
  private func tile2x2(_ block: UnsafeRawPointer?) { runTiles(Tile2<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile3x2_avx512)
  private func tile3x2(_ block: UnsafeRawPointer?) { runTiles(Tile3<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile4x2_avx512)
  private func tile4x2(_ block: UnsafeRawPointer?) { runTiles(Tile4<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile5x2_avx512)
  private func tile5x2(_ block: UnsafeRawPointer?) { runTiles(Tile5<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile6x2_avx512)
  private func tile6x2(_ block: UnsafeRawPointer?) { runTiles(Tile6<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile7x2_avx512)
  private func tile7x2(_ block: UnsafeRawPointer?) { runTiles(Tile7<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile8x2_avx512)
  private func tile8x2(_ block: UnsafeRawPointer?) { runTiles(Tile8<Fused<SIMD32<Float>>>.self, block) }
  @c(body_tile1x1_avx512)
  private func tile1x1(_ block: UnsafeRawPointer?) { runTiles(Tile1<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile2x1_avx512)
  private func tile2x1(_ block: UnsafeRawPointer?) { runTiles(Tile2<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile3x1_avx512)
  private func tile3x1(_ block: UnsafeRawPointer?) { runTiles(Tile3<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile4x1_avx512)
  private func tile4x1(_ block: UnsafeRawPointer?) { runTiles(Tile4<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile5x1_avx512)
  private func tile5x1(_ block: UnsafeRawPointer?) { runTiles(Tile5<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile6x1_avx512)
  private func tile6x1(_ block: UnsafeRawPointer?) { runTiles(Tile6<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile7x1_avx512)
  private func tile7x1(_ block: UnsafeRawPointer?) { runTiles(Tile7<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile8x1_avx512)
  private func tile8x1(_ block: UnsafeRawPointer?) { runTiles(Tile8<Fused<SIMD16<Float>>>.self, block) }

  extension TileBlock {
    /// The micro-kernels by vectors, then by height, from 1 on.
    @inline(never)
    func runAVX512(height: Int) {
      withUnsafePointer(to: self) { block in
        switch (vectors, height) {
        case (4, 1): run_tile1x4_avx512(block)
        case (4, 2): run_tile2x4_avx512(block)
        case (4, 3): run_tile3x4_avx512(block)
        case (4, 4): run_tile4x4_avx512(block)
        case (4, 5): run_tile5x4_avx512(block)
        case (4, 6): run_tile6x4_avx512(block)
        case (3, 1): run_tile1x3_avx512(block)
        case (3, 2): run_tile2x3_avx512(block)
        case (3, 3): run_tile3x3_avx512(block)
        case (3, 4): run_tile4x3_avx512(block)
        case (3, 5): run_tile5x3_avx512(block)
        case (3, 6): run_tile6x3_avx512(block)
        case (3, 7): run_tile7x3_avx512(block)
        case (3, 8): run_tile8x3_avx512(block)
        case (2, 1): run_tile1x2_avx512(block)
        case (2, 2): run_tile2x2_avx512(block)
        case (2, 3): run_tile3x2_avx512(block)
        case (2, 4): run_tile4x2_avx512(block)
        case (2, 5): run_tile5x2_avx512(block)
        case (2, 6): run_tile6x2_avx512(block)
        case (2, 7): run_tile7x2_avx512(block)
        case (2, 8): run_tile8x2_avx512(block)
        case (1, 1): run_tile1x1_avx512(block)
        case (1, 2): run_tile2x1_avx512(block)
        case (1, 3): run_tile3x1_avx512(block)
        case (1, 4): run_tile4x1_avx512(block)
        case (1, 5): run_tile5x1_avx512(block)
        case (1, 6): run_tile6x1_avx512(block)
        case (1, 7): run_tile7x1_avx512(block)
        case (1, 8): run_tile8x1_avx512(block)
        default: preconditionFailure("no tile of \(height) × \(vectors)")
        }
      }
    }
  }
#endif
