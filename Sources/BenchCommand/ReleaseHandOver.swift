import Foundation
import Harness
import Measurement

/// Hands a debug build's work to a release build of the same sources.
enum ReleaseHandOver {
  /// Why nothing could be handed over.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// In a debug build, replaces this process by `swift run -c release bench` with the same arguments; in a release build,
  /// or where it isn't allowed, returns.
  ///
  /// - Throws: ``Failure`` where the package or the `swift` command isn't found.
  static func ifNeeded(isAllowed: Bool, console: Console) throws(Failure) {
    guard BuildConfiguration.current == .debug else { return }
    if !isAllowed {
      console.note("warning: debug build: kernels are about 1000 times slower than in a release build")
      return
    }
    let directory = FileManager.default.currentDirectoryPath
    guard
      let package = packageDirectory(startingAt: [URL(fileURLWithPath: #filePath), URL(fileURLWithPath: directory)])
    else {
      throw Failure(
        description: "debug kernels are about 1000 times slower, and the package isn't found to build it for release; "
          + "go to its directory, or pass --debug-ok to run this build")
    }
    console.note(
      "debug kernels are about 1000 times slower: handing over to a release build (--debug-ok runs this one)")
    let command = arguments(package: package, own: Array(CommandLine.arguments.dropFirst()))
    var pointers: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    pointers.append(nil)
    execvp(command[0], &pointers)
    throw Failure(
      description:
        "can't start \(command[0]): \(String(cString: strerror(errno))); run: \(command.joined(separator: " "))")
  }

  /// The command that builds and runs the release.
  static func arguments(package: String, own: [String]) -> [String] {
    ["swift", "run", "-c", "release"] + traits + ["--package-path", package, "bench"] + own
  }

  /// The package traits of this build, for the other one to have too.
  private static var traits: [String] {
    #if ONNX
      ["--traits", "ONNX"]
    #else
      []
    #endif
  }

  /// The first directory around one of the places, the innermost first, that holds this package.
  static func packageDirectory(startingAt places: [URL]) -> String? {
    for place in places {
      var directory = place
      while directory.path != "/" {
        let sources = directory.appending(path: "Sources/BenchCommand").path
        let manifest = directory.appending(path: "Package.swift").path
        if FileManager.default.fileExists(atPath: manifest), FileManager.default.fileExists(atPath: sources) {
          return directory.path
        }
        directory.deleteLastPathComponent()
      }
    }
    return nil
  }
}
