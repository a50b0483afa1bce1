#if arch(x86_64)
  import CKernelISA
  import RegisterTiles

  // A body and the use of its trampoline stand in the same file.
  @c(body_depthwise_in_place_3x3s1_avx512)
  private func unit(_ block: UnsafeRawPointer?) {
    runInPlace(InPlaceUnit<Tile4<InPlaceRow>>.self, InPlaceUnit<Tile1<InPlaceRow>>.self, block)
  }
  @c(body_depthwise_in_place_narrow_3x3s1_avx512)
  private func narrow(_ block: UnsafeRawPointer?) {
    runInPlace(InPlaceNarrow<Tile7<InPlaceRow>>.self, InPlaceNarrow<Tile1<InPlaceRow>>.self, block)
  }
  @c(body_depthwise_in_place_3x3s2_avx512)
  private func double(_ block: UnsafeRawPointer?) {
    runInPlace(InPlaceDouble<Tile2<InPlaceRow>>.self, InPlaceDouble<Tile1<InPlaceRow>>.self, block)
  }
  @c(body_depthwise_in_place_pairs_3x3s2_avx512)
  private func doublePairs(_ block: UnsafeRawPointer?) {
    runInPlace(InPlaceDoublePairs.self, InPlaceDouble<Tile1<InPlaceRow>>.self, block)
  }

  extension PlanesInPlace {
    /// How rows fill vectors.
    enum RowKind {
      /// By any number of them.
      case wide
      /// By less than one, see ``InPlaceNarrow``.
      case narrow
      /// Two rows by one, see ``InPlaceDoublePairs``.
      case paired
    }

    /// Runs with AVX-512 instructions.
    @inline(never)
    func run(stride: Int, _ rowKind: RowKind) {
      withUnsafePointer(to: self) { block in
        switch (rowKind, stride) {
        case (.narrow, _): run_depthwise_in_place_narrow_3x3s1_avx512(block)
        case (.paired, _): run_depthwise_in_place_pairs_3x3s2_avx512(block)
        case (.wide, 1): run_depthwise_in_place_3x3s1_avx512(block)
        case (.wide, _): run_depthwise_in_place_3x3s2_avx512(block)
        }
      }
    }
  }
#endif
