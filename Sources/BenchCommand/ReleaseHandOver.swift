import ConvolutionKernels
import Foundation
import Harness
import Measurement

/// Hands a debug build's work to a release build of the same sources.
enum ReleaseHandOver {
  /// Why nothing could be handed over.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// In a debug build, replaces this process by `swift run -c release` of the same program with the same arguments; in a
  /// release build, or where it isn't allowed, returns.
  ///
  /// - Throws: ``Failure`` where the package or the `swift` command isn't found.
  static func ifNeeded(isAllowed: Bool, console: Console) throws(Failure) {
    guard BuildConfiguration.current == .debug else { return }
    if !isAllowed {
      console.note("warning: debug build: kernels are about 1000 times slower than in a release build")
      return
    }
    guard let (package, program) = package() else {
      throw Failure(
        description: "debug kernels are about 1000 times slower, and the package isn't found to build it for release; "
          + "go to its directory, or pass --debug-ok to run this build")
    }
    console.note(
      "debug kernels are about 1000 times slower: handing over to a release build (--debug-ok runs this one)")
    let command = arguments(package: package, program: program, own: Array(CommandLine.arguments.dropFirst()))
    var pointers: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    pointers.append(nil)
    execvp(command[0], &pointers)
    throw Failure(
      description:
        "can't start \(command[0]): \(String(cString: strerror(errno))); run: \(command.joined(separator: " "))")
  }

  /// The command that builds and runs the release.
  static func arguments(package: String, program: String = suite, own: [String]) -> [String] {
    ["swift", "run", "-c", "release"] + (program == suite ? traits : []) + ["--package-path", package, program] + own
  }

  /// The package traits of this build, for the other one to have too.
  private static var traits: [String] {
    #if ONNX
      ["--traits", "ONNX"]
    #else
      []
    #endif
  }

  /// The name of this package's own program.
  static let suite = "bench"

  /// The package of the running program, and the program's name in it; nil where it isn't found.
  private static func package() -> (directory: String, program: String)? {
    let program = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    let name = program.lastPathComponent
    let current = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    // Another package's program, with kernels that this one doesn't have: mostly it's built below its package's directory.
    if name != suite || !KernelRegistry.registered.isEmpty {
      return (directory(around: program, hasManifest) ?? directory(around: current, hasManifest)).map { ($0, name) }
    }
    let places = [URL(fileURLWithPath: #filePath), current]
    return packageDirectory(startingAt: places).map { ($0, suite) }
  }

  /// The first directory around one of the places, the innermost first, that holds this package.
  static func packageDirectory(startingAt places: [URL]) -> String? {
    for place in places {
      let found = directory(around: place) {
        hasManifest($0) && FileManager.default.fileExists(atPath: $0.appending(path: "Sources/BenchCommand").path)
      }
      if let found { return found }
    }
    return nil
  }

  private static func hasManifest(_ directory: URL) -> Bool {
    FileManager.default.fileExists(atPath: directory.appending(path: "Package.swift").path)
  }

  private static func directory(around place: URL, _ isRight: (URL) -> Bool) -> String? {
    var directory = place
    while directory.path != "/" {
      if isRight(directory) { return directory.path }
      directory.deleteLastPathComponent()
    }
    return nil
  }
}
