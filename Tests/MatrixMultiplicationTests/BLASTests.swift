import ConvolutionModel
import Foundation
import Testing

@testable import MatrixMultiplication

@Suite struct BLASTests {
  /// A product by the definition, beside what surrounds it in strided memory.
  private struct Product {
    let (m, n, k): (Int, Int, Int)
    let (lda, ldb, ldc): (Int, Int, Int)
    let a: [Float]
    let b: [Float]
    let before: [Float]

    init(_ m: Int, _ n: Int, _ k: Int, gap: Int) {
      (self.m, self.n, self.k) = (m, n, k)
      (lda, ldb, ldc) = (k + gap, n + 2 * gap, n + 3 * gap)
      // Small integers, so that every order of summation is exact; what lies between the rows must never be read.
      a = Self.matrix(m, k, lda, gap: .nan) { Float(($0 * 7 + $1 * 3) % 9 - 4) }
      b = Self.matrix(k, n, ldb, gap: .nan) { Float(($0 * 5 + $1 * 11) % 7 - 3) }
      before = Self.matrix(m, n, ldc, gap: 12345) { Float(($0 + $1) % 5) }
    }

    private static func matrix(
      _ rows: Int, _ columns: Int, _ stride: Int, gap: Float, _ value: (Int, Int) -> Float
    ) -> [Float] {
      (0..<max(1, rows * stride)).map { position in
        guard stride > 0, position % stride < columns else { return gap }
        return value(position / stride, position % stride)
      }
    }

    func expected(accumulate: Bool) -> [Float] {
      var c = before
      for i in 0..<m {
        for j in 0..<n {
          c[i * ldc + j] = (0..<k).reduce(accumulate ? c[i * ldc + j] : 0) { $0 + a[i * lda + $1] * b[$1 * ldb + j] }
        }
      }
      return c
    }

    func computed(by gemm: some GEMM, accumulate: Bool, packed: GEMMSide?, threads: Int) -> [Float] {
      var c = before
      // Without accumulation the old content doesn't count, not even as a factor of 0.
      if !accumulate { for i in 0..<m { for j in 0..<n { c[i * ldc + j] = .nan } } }
      let (rows, columns) = packed == .left ? (m, k) : (k, n)
      let memory = AlignedBuffer<UInt8>(
        uninitializedCount: packed.map { gemm.packedBytes($0, rows: rows, columns: columns) } ?? 0)
      let packedMemory = UnsafeMutableRawPointer(memory.elements.baseAddress!)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            if let packed {
              gemm.pack(
                packed, rows: rows, columns: columns, packed == .left ? a.baseAddress! : b.baseAddress!,
                leadingDimension: packed == .left ? lda : ldb, into: packedMemory)
            }
            gemm.multiply(
              GEMMArguments(
                m: m, n: n, k: k,
                a: packed == .left ? UnsafeRawPointer(packedMemory) : UnsafeRawPointer(a.baseAddress!),
                lda: packed == .left ? -1 : lda,
                b: packed == .right ? UnsafeRawPointer(packedMemory) : UnsafeRawPointer(b.baseAddress!),
                ldb: packed == .right ? -1 : ldb, c: c.baseAddress!, ldc: ldc, accumulate: accumulate, packed: packed,
                threads: threads))
          }
        }
      }
      withExtendedLifetime(memory) {}
      return c
    }
  }

  /// A library that runs, or nil when it's honestly missing.
  private func library(_ vendor: BLASVendor) -> BLASLibrary? {
    let library = BLASLibrary.load(vendor)
    #expect(library.name == vendor.rawValue)
    guard let reason = library.unavailableReason else {
      #expect(library.coreType?.isEmpty == false)
      return library
    }
    #expect(reason.contains("install"), "\(reason)")
    #expect(library.coreType == nil)
    return nil
  }

  @Test(arguments: BLASVendor.allCases)
  func productsAreRight(vendor: BLASVendor) throws {
    guard let library = library(vendor) else { return }
    for (m, n, k) in [
      (1, 1, 1), (1, 5, 3), (5, 1, 3), (3, 4, 0), (0, 4, 3), (3, 0, 4), (2, 3, 1), (16, 16, 16), (17, 33, 9),
      (31, 7, 65),
      (64, 48, 100),
    ] {
      for gap in [0, 3] {
        let product = Product(m, n, k, gap: gap)
        for accumulate in [false, true] {
          let expected = product.expected(accumulate: accumulate)
          for packed in [nil, .left, .right] as [GEMMSide?] {
            for threads in [1, 2] {
              let computed = product.computed(by: library, accumulate: accumulate, packed: packed, threads: threads)
              #expect(
                computed == expected,
                "\(m)×\(n)×\(k) gap \(gap) accumulate \(accumulate) packed \(packed as Any) threads \(threads)")
            }
          }
        }
      }
    }
  }

  @Test(arguments: BLASVendor.allCases)
  func productsRunAtTheSameTime(vendor: BLASVendor) async throws {
    guard let library = library(vendor) else { return }
    let right = await withTaskGroup(of: Bool.self) { group in
      for task in 0..<4 {
        group.addTask {
          let product = Product(40 + task, 50, 60, gap: task % 3)
          let expected = product.expected(accumulate: task % 2 == 0)
          return (0..<4).allSatisfy { round in
            product.computed(
              by: library, accumulate: task % 2 == 0, packed: nil, threads: 1 + (task + round) % 2) == expected
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(right == Array(repeating: true, count: 4))
  }

  @Test(arguments: BLASVendor.allCases)
  func sizesBeyondTheInterfaceAreRefused(vendor: BLASVendor) {
    let library = BLASLibrary.load(vendor)
    let limit = Int(Int32.max)
    #expect(library.support(m: limit, n: limit, k: limit, leadingDimension: limit).isSupported)
    for value in [limit + 1, 1 << 32, Int.max, -1] {
      for sizes in [(value, 1, 1, 1), (1, value, 1, 1), (1, 1, value, 1), (1, 1, 1, value)] {
        let support = library.support(m: sizes.0, n: sizes.1, k: sizes.2, leadingDimension: sizes.3)
        guard case .unsupported(let reason) = support else {
          Issue.record("\(sizes) is supported")
          continue
        }
        #expect(reason.contains("\(value)") && reason.contains(vendor.rawValue))
      }
    }
  }

  @Test(arguments: BLASVendor.allCases)
  func missingLibrariesSayWhatHelps(vendor: BLASVendor) {
    let missing = BLASLibrary(
      BLASDescription(
        vendor, fileNames: ["libnowhere-to-be-found.so.7", "libnowhere.so"], installation: "apt-get install libnowhere7"
      ),
      coreType: nil)
    #expect(missing.unavailableReason == "libnowhere-to-be-found.so.7 not found; apt-get install libnowhere7")
    #expect(missing.coreType == nil)
  }

  /// A library that is there but is no BLAS.
  @Test func otherLibrariesAreRefused() throws {
    #if os(Linux)
      for vendor in BLASVendor.allCases {
        let other = BLASLibrary(
          BLASDescription(vendor, fileNames: ["libm.so.6", "libc.so"], installation: "nothing"), coreType: nil)
        let reason = try #require(other.unavailableReason)
        #expect(reason.contains("libm.so.6 has no function") || reason.contains("not found"), "\(reason)")
      }
    #endif
  }

  /// Nobody gets another core type than the one asked for.
  @Test(arguments: BLASVendor.allCases)
  func coreTypesAreTakenAtTheirWord(vendor: BLASVendor) throws {
    let unknown = try #require(BLASLibrary.load(vendor, coreType: "Hasswell").unavailableReason)
    #expect(unknown.contains("Hasswell"))
    guard let library = library(vendor), let actual = library.coreType else { return }
    #if arch(x86_64)
      #expect(unknown.lowercased().contains("did you mean haswell?"))
      if ProcessInfo.processInfo.environment[vendor.coreTypeVariable] == nil, let best = vendor.bestCoreType {
        #expect(actual.lowercased() == best.lowercased())
      }
      for candidate in vendor.coreTypes {
        let forced = BLASLibrary.load(vendor, coreType: candidate.name)
        if candidate.name.lowercased() == actual.lowercased() {
          #expect(forced.unavailableReason == nil)
        } else {
          let reason = try #require(forced.unavailableReason)
          #expect(reason.contains(candidate.name), "\(reason)")
        }
      }
    #endif
  }
}
