import CKernelISA
import ConvolutionModel
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `cblas_sgemm` with 32-bit integers: order, transpositions, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc.
typealias CBLASProduct =
  @convention(c) (
    Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32, Float,
    UnsafeMutablePointer<Float>, Int32
  ) -> Void

/// The functions of a library that is loaded and initialised.
struct LoadedBLAS: Sendable {
  /// Computes products.
  let product: CBLASProduct
  /// Sets how many threads they use.
  let gate: BLASThreadGate
  /// The core type that its kernels are for.
  let coreType: String?
}

/// Why a library can't be had.
struct BLASUnavailable: Error {
  let reason: String
}

/// Loads libraries, each once: a second loading of a file gives the first one's handle, core type and all.
enum BLASLoader {
  private static let loaded = Mutex<[BLASDescription: LoadedBLAS]>([:])

  /// The library, loaded now or before.
  ///
  /// - Parameter coreType: nil for the one of the environment variable, or else the fastest here.
  /// - Throws: ``BLASUnavailable`` when it isn't installed, lacks a function, or runs another core type than asked for.
  static func load(_ description: BLASDescription, coreType: String?) throws(BLASUnavailable) -> LoadedBLAS {
    let requested = try coreType.map { name throws(BLASUnavailable) in try check(name, description.vendor) }
    let library = try loaded.withLock { libraries throws(BLASUnavailable) in
      if let library = libraries[description] { return library }
      let inherited = getenv(description.vendor.coreTypeVariable) != nil
      let library = try open(
        description, coreType: requested ?? (inherited ? nil : description.vendor.bestCoreType))
      libraries[description] = library
      return library
    }
    if let requested, let actual = library.coreType, actual.lowercased() != requested.lowercased() {
      throw BLASUnavailable(
        reason: "\(description.vendor.rawValue) runs core type \(actual) in this process; expected \(requested)")
    }
    return library
  }

  /// The library's spelling of a core type that this machine can run.
  private static func check(_ coreType: String, _ vendor: BLASVendor) throws(BLASUnavailable) -> String {
    let known = vendor.coreTypes
    guard let found = known.first(where: { $0.name.lowercased() == coreType.lowercased() }) else {
      let nearest = nearestName(to: coreType, among: known.map(\.name)).map { "; did you mean \($0)?" } ?? ""
      throw BLASUnavailable(reason: "\(vendor.rawValue) has no core type \(coreType) to choose\(nearest)")
    }
    if found.isaLevel > kernel_isa_level() {
      throw BLASUnavailable(
        reason: "core type \(found.name) of \(vendor.rawValue) needs \(found.isaLevel == 2 ? "AVX-512" : "AVX2"), "
          + "which this machine doesn't have")
    }
    return found.name
  }

  private static func open(
    _ description: BLASDescription, coreType: String?
  ) throws(BLASUnavailable) -> LoadedBLAS {
    switch description.vendor {
    case .openblas: try openOpenBLAS(description, coreType: coreType)
    case .blis: try openBLIS(description, coreType: coreType)
    }
  }

  private static func openOpenBLAS(
    _ description: BLASDescription, coreType: String?
  ) throws(BLASUnavailable) -> LoadedBLAS {
    // It chooses its kernels in a constructor, while it's being loaded.
    let file = try withEnvironment(description.vendor.coreTypeVariable, coreType) { () throws(BLASUnavailable) in
      try SharedLibrary(description)
    }
    typealias Text = @convention(c) () -> UnsafePointer<CChar>?
    if let configuration = file.function("openblas_get_config", as: Text.self)?() {
      if String(cString: configuration).contains("USE64BITINT") { throw file.wideIntegers }
    }
    let product = try file.required("cblas_sgemm", as: CBLASProduct.self)
    let setThreads = try file.required("openblas_set_num_threads", as: (@convention(c) (Int32) -> Void).self)
    return LoadedBLAS(
      product: product, gate: BLASThreadGate { setThreads(Int32(clamping: $0)) },
      coreType: file.function("openblas_get_corename", as: Text.self)?().map { String(cString: $0) })
  }

  private static func openBLIS(
    _ description: BLASDescription, coreType: String?
  ) throws(BLASUnavailable) -> LoadedBLAS {
    let file = try SharedLibrary(description)
    if let size = file.function("bli_info_get_blas_int_type_size", as: (@convention(c) () -> Int).self)?() {
      if size != 32 { throw file.wideIntegers }
    }
    let product = try file.required("cblas_sgemm", as: CBLASProduct.self)
    let setThreads = try file.required("bli_thread_set_num_threads", as: (@convention(c) (Int) -> Void).self)
    let start = try file.required("bli_init", as: (@convention(c) () -> Void).self)
    let coreName = try file.required(
      "bli_arch_string", as: (@convention(c) (Int32) -> UnsafePointer<CChar>?).self)
    let coreNumber = try file.required("bli_arch_query_id", as: (@convention(c) () -> Int32).self)

    // Its core types are asked for by number, and the numbers differ between versions. The last one is `generic`.
    var number: Int?
    if let coreType {
      for candidate in 0..<64 {
        guard let name = coreName(Int32(candidate)).map({ String(cString: $0) }) else { break }
        if name == coreType { number = candidate }
        if name == coreType || name == "generic" { break }
      }
      if number == nil { throw BLASUnavailable(reason: "this version of blis has no core type \(coreType)") }
    }
    // It reads the variable when it's started, and only once it's started may be asked which core type it took.
    withEnvironment(description.vendor.coreTypeVariable, number.map(String.init)) { start() }
    return LoadedBLAS(
      product: product, gate: BLASThreadGate(setThreads: { setThreads($0) }),
      coreType: coreName(coreNumber()).map { String(cString: $0) })
  }

  /// Runs something with an environment variable set, then puts it back: child processes choose for themselves.
  private static func withEnvironment<Result, Failure: Error>(
    _ name: String, _ value: String?, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let value else { return try body() }
    let before = getenv(name).map { String(cString: $0) }
    setenv(name, value, 1)
    defer {
      if let before { setenv(name, before, 1) } else { unsetenv(name) }
    }
    return try body()
  }
}

/// A shared library that stays loaded: unloading one that has threads of its own isn't safe.
private struct SharedLibrary {
  let name: String
  private let handle: UnsafeMutableRawPointer

  /// Loads the first of a description's files that is there, its symbols visible to nobody else: two BLAS libraries define
  /// the same names.
  init(_ description: BLASDescription) throws(BLASUnavailable) {
    for name in description.fileNames {
      if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) {
        self.name = name
        self.handle = handle
        return
      }
      // A file that is there but can't be loaded is another matter.
      let message = dlerror().map { String(cString: $0) } ?? ""
      if !message.isEmpty && !message.contains("No such file") && !message.contains("no such file") {
        throw BLASUnavailable(reason: "\(name) can't be loaded: \(message)")
      }
    }
    throw BLASUnavailable(
      reason: "\(description.fileNames.first ?? "a file name") not found; \(description.installation)")
  }

  func function<Function>(_ symbol: String, as type: Function.Type) -> Function? {
    dlsym(handle, symbol).map { unsafeBitCast($0, to: type) }
  }

  func required<Function>(_ symbol: String, as type: Function.Type) throws(BLASUnavailable) -> Function {
    if let function = function(symbol, as: type) { return function }
    throw BLASUnavailable(reason: "\(name) has no function \(symbol)")
  }

  var wideIntegers: BLASUnavailable {
    BLASUnavailable(reason: "\(name) is built for 64-bit integers; expected 32-bit ones")
  }
}
