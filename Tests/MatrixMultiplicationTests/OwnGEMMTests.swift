import ConvolutionModel
import RegisterTiles
import Testing

@testable import MatrixMultiplication

/// The package's own matrix product against three loops, around the sizes at which it cuts its matrices.
struct OwnGEMMTests {
  /// One product of small whole numbers, whose sums are exact in every order, in strided memory.
  private struct Product {
    let (m, n, k): (Int, Int, Int)
    let (lda, ldb, ldc): (Int, Int, Int)
    let a: AlignedBuffer<Float>
    let b: AlignedBuffer<Float>
    let c: AlignedBuffer<Float>

    /// What lies between the rows: NaN where nobody may read, a number where nobody may write.
    private static let canary: Float = 12345

    init(_ m: Int, _ n: Int, _ k: Int, gap: Int) {
      (self.m, self.n, self.k) = (m, n, k)
      (lda, ldb, ldc) = (k + gap, n + 2 * gap, n + 3 * gap)
      a = AlignedBuffer(count: m * lda + 1, repeating: .nan)
      b = AlignedBuffer(count: k * ldb + 1, repeating: .nan)
      c = AlignedBuffer(count: m * ldc + 1, repeating: Self.canary)
      for i in 0..<m { for p in 0..<k { a[i * lda + p] = Float((i * 7 + p * 3) % 9 - 4) } }
      for p in 0..<k { for j in 0..<n { b[p * ldb + j] = Float((p * 5 + j * 11) % 7 - 3) } }
      for i in 0..<m { for j in 0..<n { c[i * ldc + j] = Float((i + j) % 5) } }
    }

    /// The product by its definition, and what surrounds it.
    func expected() -> (product: [Float], accumulated: [Float]) {
      var product = Array(c.elements)
      var accumulated = product
      for i in 0..<m {
        for j in 0..<n {
          var sum: Float = 0
          for p in 0..<k { sum += a[i * lda + p] * b[p * ldb + j] }
          product[i * ldc + j] = sum
          accumulated[i * ldc + j] += sum
        }
      }
      return (product, accumulated)
    }

    func computed(by gemm: OwnGEMM, accumulate: Bool, packed: GEMMSide?, threads: Int) -> [Float] {
      let target = AlignedBuffer<Float>(c.elements)
      // Without accumulation the old content doesn't count, not even as a factor of 0.
      if !accumulate { for i in 0..<m { for j in 0..<n { target[i * ldc + j] = .nan } } }
      let (rows, columns) = packed == .left ? (m, k) : (k, n)
      let bytes = packed.map { gemm.packedBytes($0, rows: rows, columns: columns) } ?? 0
      let memory = AlignedBuffer<UInt8>(count: bytes + 1, repeating: 0xFF)
      let workspaceBytes = gemm.workspaceBytes(m: m, n: n, k: k, packed: packed, threads: threads)
      let workspace = AlignedBuffer<UInt8>(count: workspaceBytes + 1, repeating: 0xFF)
      let packedMemory = UnsafeMutableRawPointer(memory.elements.baseAddress!)
      if let packed {
        gemm.pack(
          packed, rows: rows, columns: columns, UnsafePointer((packed == .left ? a : b).elements.baseAddress!),
          leadingDimension: packed == .left ? lda : ldb, into: packedMemory)
      }
      gemm.multiply(
        GEMMArguments(
          m: m, n: n, k: k,
          a: packed == .left ? UnsafeRawPointer(packedMemory) : UnsafeRawPointer(a.elements.baseAddress!),
          lda: packed == .left ? -1 : lda,
          b: packed == .right ? UnsafeRawPointer(packedMemory) : UnsafeRawPointer(b.elements.baseAddress!),
          ldb: packed == .right ? -1 : ldb, c: target.elements.baseAddress!, ldc: ldc, accumulate: accumulate,
          packed: packed, workspace: UnsafeMutableRawPointer(workspace.elements.baseAddress!), threads: threads))
      return withExtendedLifetime((memory, workspace)) {
        #expect(memory[bytes] == 0xFF && workspace[workspaceBytes] == 0xFF, "\(m)×\(n)×\(k) wrote beyond its memory")
        return Array(target.elements)
      }
    }
  }

  #if DEBUG
    private static let gaps = [3]
    private static let threadCounts = [1, 3]
  #else
    private static let gaps = [0, 3]
    private static let threadCounts = [1, 2, 5]
  #endif

  private static func sizes(_ isa: InstructionSet) -> [(Int, Int, Int)] {
    let row = isa.widestRow * isa.lanes
    let (rows, depth) = (OwnGEMM.rowsPerBlock, OwnGEMM.depthPerChunk)
    var sizes = [
      (1, 1, 1), (1, 5, 3), (5, 1, 3), (3, 4, 0), (0, 4, 3), (3, 0, 4), (0, 0, 0), (2, 3, 1), (17, 33, 9), (31, 7, 65),
    ]
    // Tiles of every height, and one row more than fits.
    sizes += (1...13).map { ($0, isa.lanes + 1, 5) } + [(23, row, 4), (24, row, 4), (25, row + 1, 4)]
    for n in [isa.lanes, row] { sizes += [n - 1, n, n + 1, 2 * n - 1, 2 * n + 1].map { (7, $0, 6) } }
    sizes += [3 * isa.lanes, row + 3 * isa.lanes - 1].map { (13, $0, 3) }
    sizes += [depth - 1, depth, depth + 1, 2 * depth + 1].map { (3, isa.lanes + 2, $0) }
    sizes += [rows - 1, rows, rows + 1, 2 * rows + 1].map { ($0, 3, 2) }
    #if !DEBUG
      // Panels that just stay near, and some that just don't, and several blocks of rows.
      sizes += [(7, OwnGEMM.maximumNearPanels / 512, 512), (7, OwnGEMM.maximumNearPanels / 512 + 1, 512)]
      sizes += [rows - 1, rows, rows + 1, 2 * rows + 1].map { ($0, 3, depth + 1) }
      sizes += [(rows + 1, row + 1, depth + 1), (100, 200, 300), (50, 3 * row, 2 * depth), (2 * rows, 17, depth)]
    #endif
    return sizes
  }

  @Test(arguments: InstructionSet.ofThisArchitecture)
  func productsAreRight(isa: InstructionSet) throws {
    let gemm = OwnGEMM(isa: isa)
    if let reason = gemm.unavailableReason { try Test.cancel("\(reason)") }
    for (m, n, k) in Self.sizes(isa) {
      for gap in Self.gaps {
        let product = Product(m, n, k, gap: gap)
        let expected = product.expected()
        for packed in [nil, .left, .right] as [GEMMSide?] {
          for threads in Self.threadCounts {
            for accumulate in [false, true] {
              let computed = product.computed(by: gemm, accumulate: accumulate, packed: packed, threads: threads)
              #expect(
                computed == (accumulate ? expected.accumulated : expected.product),
                "\(m)×\(n)×\(k) gap \(gap) accumulate \(accumulate) packed \(packed as Any) threads \(threads)")
            }
          }
        }
      }
    }
  }

  /// No sum is split between threads, so that reals too have the same bits for every number of them, packed or not.
  @Test(arguments: InstructionSet.ofThisArchitecture)
  func bitsDoNotDependOnThreads(isa: InstructionSet) throws {
    let gemm = OwnGEMM(isa: isa)
    if let reason = gemm.unavailableReason { try Test.cancel("\(reason)") }
    for (m, n, k) in [(37, 45, 400), (5, 190, 31), (210, 9, 20)] {
      let product = Product(m, n, k, gap: 0)
      for index in 0..<m * k { product.a[index] /= 3 + Float(index % 11) }
      let expected = product.computed(by: gemm, accumulate: true, packed: nil, threads: 1).map(\.bitPattern)
      for packed in [nil, .left, .right] as [GEMMSide?] {
        for threads in [1, 2, 3, 8] {
          let computed = product.computed(by: gemm, accumulate: true, packed: packed, threads: threads)
          #expect(computed.map(\.bitPattern) == expected, "\(m)×\(n)×\(k) packed \(packed as Any) threads \(threads)")
        }
      }
    }
  }

  @Test func namesItsInstructionSet() {
    for isa in InstructionSet.ofThisArchitecture {
      let gemm = OwnGEMM(isa: isa)
      #expect(gemm.name == "own")
      #expect(gemm.coreType == isa.rawValue)
      #expect((gemm.unavailableReason == nil) == (isa <= .best))
    }
    #expect(OwnGEMM().isa == .best)
  }
}
