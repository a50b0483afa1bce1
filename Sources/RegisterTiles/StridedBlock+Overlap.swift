#if arch(x86_64)
  import CKernelISA

  // Height × vectors, where pixels overlap.
  private typealias Row = Masked<SIMD32<Float>>
  @c(body_overlap1x2_avx512)
  private func overlap1x2(_ block: UnsafeRawPointer?) { runStrided(Tile1<Row>.self, overlapping: true, block) }
  @c(body_overlap2x2_avx512)
  private func overlap2x2(_ block: UnsafeRawPointer?) { runStrided(Tile2<Row>.self, overlapping: true, block) }
  @c(body_overlap3x2_avx512)
  private func overlap3x2(_ block: UnsafeRawPointer?) { runStrided(Tile3<Row>.self, overlapping: true, block) }
  @c(body_overlap4x2_avx512)
  private func overlap4x2(_ block: UnsafeRawPointer?) { runStrided(Tile4<Row>.self, overlapping: true, block) }
  @c(body_overlap5x2_avx512)
  private func overlap5x2(_ block: UnsafeRawPointer?) { runStrided(Tile5<Row>.self, overlapping: true, block) }
  @c(body_overlap6x2_avx512)
  private func overlap6x2(_ block: UnsafeRawPointer?) { runStrided(Tile6<Row>.self, overlapping: true, block) }
  @c(body_overlap7x2_avx512)
  private func overlap7x2(_ block: UnsafeRawPointer?) { runStrided(Tile7<Row>.self, overlapping: true, block) }
  @c(body_overlap8x2_avx512)
  private func overlap8x2(_ block: UnsafeRawPointer?) { runStrided(Tile8<Row>.self, overlapping: true, block) }

  extension StridedBlock {
    /// The micro-kernels of overlapping pixels by height, from 1 on.
    @inline(never)
    func runOverlappingAVX512(height: Int) {
      withUnsafePointer(to: self) { block in
        switch height {
        case 1: run_overlap1x2_avx512(block)
        case 2: run_overlap2x2_avx512(block)
        case 3: run_overlap3x2_avx512(block)
        case 4: run_overlap4x2_avx512(block)
        case 5: run_overlap5x2_avx512(block)
        case 6: run_overlap6x2_avx512(block)
        case 7: run_overlap7x2_avx512(block)
        case 8: run_overlap8x2_avx512(block)
        default: preconditionFailure("no tile of \(height) × 2 for overlapping pixels")
        }
      }
    }
  }
#endif
