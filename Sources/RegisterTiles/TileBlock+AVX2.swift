#if arch(x86_64)
  import CKernelISA

  // Height × vectors. A body and the use of its trampoline stand in the same file: each file is a unit of code generation
  // of its own. The bodies are private, so that nothing of them is left but what the trampolines inlined.
  @c(body_tile1x2_avx2)
  private func tile1x2(_ block: UnsafeRawPointer?) { runTiles(Tile1<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile2x2_avx2)
  private func tile2x2(_ block: UnsafeRawPointer?) { runTiles(Tile2<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile3x2_avx2)
  private func tile3x2(_ block: UnsafeRawPointer?) { runTiles(Tile3<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile4x2_avx2)
  private func tile4x2(_ block: UnsafeRawPointer?) { runTiles(Tile4<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile5x2_avx2)
  private func tile5x2(_ block: UnsafeRawPointer?) { runTiles(Tile5<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile6x2_avx2)
  private func tile6x2(_ block: UnsafeRawPointer?) { runTiles(Tile6<Fused<SIMD16<Float>>>.self, block) }
  @c(body_tile1x1_avx2)
  private func tile1x1(_ block: UnsafeRawPointer?) { runTiles(Tile1<Fused<SIMD8<Float>>>.self, block) }
  @c(body_tile2x1_avx2)
  private func tile2x1(_ block: UnsafeRawPointer?) { runTiles(Tile2<Fused<SIMD8<Float>>>.self, block) }
  @c(body_tile3x1_avx2)
  private func tile3x1(_ block: UnsafeRawPointer?) { runTiles(Tile3<Fused<SIMD8<Float>>>.self, block) }
  @c(body_tile4x1_avx2)
  private func tile4x1(_ block: UnsafeRawPointer?) { runTiles(Tile4<Fused<SIMD8<Float>>>.self, block) }
  @c(body_tile5x1_avx2)
  private func tile5x1(_ block: UnsafeRawPointer?) { runTiles(Tile5<Fused<SIMD8<Float>>>.self, block) }
  @c(body_tile6x1_avx2)
  private func tile6x1(_ block: UnsafeRawPointer?) { runTiles(Tile6<Fused<SIMD8<Float>>>.self, block) }
  @c(body_tile7x1_avx2)
  private func tile7x1(_ block: UnsafeRawPointer?) { runTiles(Tile7<Fused<SIMD8<Float>>>.self, block) }
  @c(body_tile8x1_avx2)
  private func tile8x1(_ block: UnsafeRawPointer?) { runTiles(Tile8<Fused<SIMD8<Float>>>.self, block) }

  extension TileBlock {
    /// The micro-kernels by vectors, then by height, from 1 on.
    @inline(never)
    func runAVX2(height: Int) {
      withUnsafePointer(to: self) { block in
        switch (vectors, height) {
        case (2, 1): run_tile1x2_avx2(block)
        case (2, 2): run_tile2x2_avx2(block)
        case (2, 3): run_tile3x2_avx2(block)
        case (2, 4): run_tile4x2_avx2(block)
        case (2, 5): run_tile5x2_avx2(block)
        case (2, 6): run_tile6x2_avx2(block)
        case (1, 1): run_tile1x1_avx2(block)
        case (1, 2): run_tile2x1_avx2(block)
        case (1, 3): run_tile3x1_avx2(block)
        case (1, 4): run_tile4x1_avx2(block)
        case (1, 5): run_tile5x1_avx2(block)
        case (1, 6): run_tile6x1_avx2(block)
        case (1, 7): run_tile7x1_avx2(block)
        case (1, 8): run_tile8x1_avx2(block)
        default: preconditionFailure("no tile of \(height) × \(vectors)")
        }
      }
    }
  }
#endif
