import Foundation

/// Makes PNG of SVG with a program that is there: `rsvg-convert`, or a Chromium without its window.
public struct PictureConverter: Sendable {
  /// The program.
  public let path: String
  private let isBrowser: Bool

  /// The first program found on the path; nil where there is none.
  public static func find(environment: [String: String] = ProcessInfo.processInfo.environment) -> PictureConverter? {
    let directories = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    for (name, isBrowser) in [
      ("rsvg-convert", false), ("chromium", true), ("chromium-browser", true), ("google-chrome", true),
    ] {
      for directory in directories where FileManager.default.isExecutableFile(atPath: "\(directory)/\(name)") {
        return PictureConverter(path: "\(directory)/\(name)", isBrowser: isBrowser)
      }
    }
    return nil
  }

  /// Draws a picture at twice its size, for dense screens; the PNG gets the SVG's name.
  ///
  /// - Returns: the PNG's path; nil where the program failed.
  public func convert(_ picture: String) -> String? {
    guard picture.hasSuffix(".svg"), let size = Self.size(of: picture) else { return nil }
    let target = picture.dropLast(4) + ".png"
    try? FileManager.default.removeItem(atPath: String(target))
    let url = URL(fileURLWithPath: picture)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments =
      isBrowser
      ? [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2",
        "--window-size=\(size.width),\(size.height)", "--screenshot=\(target)", url.absoluteString,
      ] : ["--zoom", "2", "--output", String(target), picture]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    let isThere = FileManager.default.fileExists(atPath: String(target))
    return process.terminationStatus == 0 && isThere ? String(target) : nil
  }

  /// The size that the first element says.
  private static func size(of picture: String) -> (width: Int, height: Int)? {
    guard let text = try? String(contentsOfFile: picture, encoding: .utf8) else { return nil }
    func number(_ name: String) -> Int? {
      guard let start = text.range(of: " \(name)=\"")?.upperBound else { return nil }
      return Double(text[start...].prefix { $0 != "\"" }).map { Int($0.rounded(.up)) }
    }
    guard let width = number("width"), let height = number("height") else { return nil }
    return (width, height)
  }
}
