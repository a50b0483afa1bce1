import CKernelISA
import ConvolutionModel

/// A BLAS library that can be loaded at run time.
public enum BLASVendor: String, Hashable, Sendable, CaseIterable {
  /// OpenBLAS.
  case openblas
  /// BLIS, through its CBLAS interface.
  case blis
}

/// Where a library is found and what it's called: apart from ``BLASVendor`` so that tests can look for one that isn't there.
struct BLASDescription: Hashable, Sendable {
  /// Whose functions it has.
  let vendor: BLASVendor
  /// The names to try, in this order.
  let fileNames: [String]
  /// What installs it.
  let installation: String

  /// The library of a vendor on this platform.
  init(_ vendor: BLASVendor) {
    #if canImport(Darwin)
      switch vendor {
      case .openblas:
        self.init(
          vendor,
          fileNames: ["libopenblas.0.dylib", "libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib"],
          installation: "brew install openblas")
      case .blis:
        self.init(
          vendor, fileNames: ["libblis.4.dylib", "libblis.dylib", "/opt/homebrew/opt/blis/lib/libblis.dylib"],
          installation: "brew install blis")
      }
    #else
      switch vendor {
      case .openblas:
        self.init(
          vendor, fileNames: ["libopenblas.so.0", "libopenblas.so"],
          installation: "apt-get install libopenblas0-pthread")
      case .blis:
        self.init(
          vendor, fileNames: ["libblis.so.4", "libblis.so.3", "libblis.so"],
          installation: "apt-get install libblis4-openmp")
      }
    #endif
  }

  /// A library under names of one's own.
  init(_ vendor: BLASVendor, fileNames: [String], installation: String) {
    self.vendor = vendor
    self.fileNames = fileNames
    self.installation = installation
  }
}

/// The core types that a library has kernels for, and how one is asked for.
extension BLASVendor {
  /// The environment variable that the library reads once, when it starts.
  var coreTypeVariable: String {
    switch self {
    case .openblas: "OPENBLAS_CORETYPE"
    case .blis: "BLIS_ARCH_TYPE"
    }
  }

  /// The core types that may be asked for, with the level of ``kernel_isa_level()`` that they need: the libraries take a
  /// caller's word for it, and would die of an illegal instruction, or end the process over a name that they don't know.
  var coreTypes: [(name: String, isaLevel: Int32)] {
    #if arch(x86_64)
      switch self {
      case .openblas:
        [
          ("Prescott", 0), ("Nehalem", 1), ("Sandybridge", 1), ("Haswell", 1), ("Zen", 1), ("SkylakeX", 2),
          ("Cooperlake", 2), ("SapphireRapids", 2),
        ]
      case .blis:
        [
          ("generic", 0), ("penryn", 1), ("sandybridge", 1), ("haswell", 1), ("zen", 1), ("zen2", 1), ("zen3", 1),
          ("skx", 2),
        ]
      }
    #else
      []
    #endif
  }

  /// The instruction set that the kernels of a core type need; nil of a core type that isn't known.
  func instructionSet(ofCoreType name: String) -> InstructionSet? {
    // The libraries report a core type in another spelling than they are asked for it.
    let known = coreTypes.first { $0.name.lowercased() == name.lowercased() }
    return switch known?.isaLevel {
    case 2: .avx512
    case 1: .avx2
    case 0: .baseline
    default: nil
    }
  }

  /// The core type with the fastest single-precision product on this machine; nil to leave the choice to the library.
  ///
  /// The libraries of today's distributions know no processor younger than themselves, and take one for something slower:
  /// a Zen 5 for a Haswell (OpenBLAS 0.3.21) or for a generic machine (BLIS 0.9), a virtual Ice Lake for a Haswell
  /// (BLIS 0.9). The choice by instruction set is right for all of them.
  var bestCoreType: String? {
    #if arch(x86_64)
      switch (self, kernel_isa_level()) {
      case (.openblas, 2): "SkylakeX"
      case (.openblas, 1): "Haswell"
      case (.blis, 2): "skx"
      case (.blis, 1): "haswell"
      default: nil
      }
    #else
      nil
    #endif
  }
}
