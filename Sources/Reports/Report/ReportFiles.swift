import Foundation

/// Writes a report to disk.
public enum ReportFiles {
  /// Writes the page alone, or a directory with the page and every picture.
  ///
  /// - Parameter output: a name that ends in `.html` or `.htm`, or a directory; what is missing of it is made.
  /// - Returns: the page, and the pictures' paths.
  /// - Throws: ``RecordFileError/cannotWrite(path:reason:)``.
  public static func write(
    _ report: Report, to output: String, title: String
  ) throws(RecordFileError) -> (page: String, pictures: [String]) {
    if isPage(output) {
      try write(report.html(title: title), to: output)
      return (output, [])
    }
    let directory = output.hasSuffix("/") ? String(output.dropLast()) : output
    let page = directory + "/index.html"
    try write(report.html(title: title), to: page)
    var pictures: [String] = []
    for figure in report.figures {
      let path = "\(directory)/\(figure.name).svg"
      let isOfLayer = figure.name.contains("/")
      try write(figure.standalone(width: isOfLayer ? 640 : 920), to: path)
      pictures.append(path)
    }
    return (page, pictures)
  }

  /// Whether a name means a single page.
  public static func isPage(_ output: String) -> Bool {
    ["html", "htm"].contains((output as NSString).pathExtension.lowercased())
  }

  private static func write(_ text: String, to path: String) throws(RecordFileError) {
    try RecordFile.refuseReplacing(path)
    do {
      let url = URL(fileURLWithPath: path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url, options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }
}
