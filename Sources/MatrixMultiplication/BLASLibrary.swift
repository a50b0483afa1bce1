import ConvolutionModel

/// Products by OpenBLAS or BLIS, loaded at run time: nothing of them is needed to build.
///
/// A value exists whether or not the library does; ``unavailableReason`` says which, and a missing one must not be asked to
/// multiply. Packed factors are dense copies, since CBLAS packs anew in every call. A library may give different bits for
/// different thread counts: it cuts its sums into blocks by its own rules.
public struct BLASLibrary: GEMM {
  /// Whose library it is.
  public let vendor: BLASVendor
  public let unavailableReason: String?
  private let library: LoadedBLAS?

  public var name: String { vendor.rawValue }
  public var coreType: String? { library?.coreType }
  public var instructionSet: InstructionSet? { coreType.flatMap { vendor.instructionSet(ofCoreType: $0) } }

  /// Loads a library, or takes the one that is loaded already.
  ///
  /// A process has one core type for each library: the first one loaded. Asking for another one afterwards gives an
  /// unavailable library; measure it in another process.
  ///
  /// - Parameter coreType: the core type that it shall run, in the library's own spelling (`SkylakeX`, `skx`). By default
  ///   that of `OPENBLAS_CORETYPE` or `BLIS_ARCH_TYPE` if the user has set it, otherwise the fastest on this machine,
  ///   since the libraries don't recognise newer processors. (A BLIS that was built for one core type alone ends the
  ///   process when asked for another one; with such a build, set `BLIS_ARCH_TYPE`.)
  public static func load(_ vendor: BLASVendor, coreType: String? = nil) -> BLASLibrary {
    BLASLibrary(BLASDescription(vendor), coreType: coreType)
  }

  init(_ description: BLASDescription, coreType: String?) {
    vendor = description.vendor
    do throws(BLASUnavailable) {
      library = try BLASLoader.load(description, coreType: coreType)
      unavailableReason = nil
    } catch {
      library = nil
      unavailableReason = error.reason
    }
  }

  /// CBLAS takes 32-bit sizes.
  public func support(m: Int, n: Int, k: Int, leadingDimension: Int) -> Support {
    for (name, value) in [("m", m), ("n", n), ("k", k), ("leading dimension", leadingDimension)]
    where value < 0 || value > Int(Int32.max) {
      return .unsupported(reason: "\(name) is \(value); \(self.name) takes 0 to \(Int32.max)")
    }
    return .supported
  }

  public func packedBytes(_ side: GEMMSide, rows: Int, columns: Int) -> Int {
    MemoryLayout<Float>.stride * rows * columns
  }

  public func pack(
    _ side: GEMMSide, rows: Int, columns: Int, _ source: UnsafePointer<Float>, leadingDimension: Int,
    into destination: UnsafeMutableRawPointer
  ) {
    let rowBytes = MemoryLayout<Float>.stride * columns
    for row in 0..<rows {
      (destination + row * rowBytes).copyMemory(from: source + row * leadingDimension, byteCount: rowBytes)
    }
  }

  public func workspaceBytes(m: Int, n: Int, k: Int, packed: GEMMSide?, threads: Int) -> Int { 0 }

  /// Computes one product.
  ///
  /// - Precondition: the library is available, and supports the sizes.
  public func multiply(_ arguments: GEMMArguments) {
    let (m, n, k) = (arguments.m, arguments.n, arguments.k)
    if m == 0 || n == 0 { return }
    // Without a sum there may be no factors either, and CBLAS wants leading dimensions of at least 1.
    if k == 0 {
      if !arguments.accumulate {
        for row in 0..<m { (arguments.c + row * arguments.ldc).update(repeating: 0, count: n) }
      }
      return
    }
    let lda = arguments.packed == .left ? k : arguments.lda
    let ldb = arguments.packed == .right ? n : arguments.ldb
    guard let library else { preconditionFailure("\(name) is unavailable: \(unavailableReason ?? "")") }
    let support = support(m: m, n: n, k: k, leadingDimension: max(lda, ldb, arguments.ldc))
    precondition(support.isSupported, "\(name) can't run \(m)×\(n)×\(k): \(support)")
    let (rowMajor, asIs) = (Int32(101), Int32(111))
    library.gate.run(threads: arguments.threads) {
      library.product(
        rowMajor, asIs, asIs, Int32(m), Int32(n), Int32(k), 1, arguments.a.assumingMemoryBound(to: Float.self),
        Int32(lda), arguments.b.assumingMemoryBound(to: Float.self), Int32(ldb), arguments.accumulate ? 1 : 0,
        arguments.c, Int32(arguments.ldc))
    }
  }
}
