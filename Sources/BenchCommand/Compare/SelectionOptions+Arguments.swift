/// Selections to hand on to another process.
extension SelectionOptions {
  /// The command line that gives this selection again, without the seed.
  var arguments: [String] {
    var arguments: [String] = []
    func add(_ name: String, _ values: [String]) { arguments += values.flatMap { [name, $0] } }
    add("--network", networks)
    add("--layer", layers)
    add("--problem", problems)
    add("--batch", problemFiles)
    add("--kernel", kernels)
    if layout != .both { add("--layout", [layout.rawValue]) }
    if threads != 1 { add("--threads", ["\(threads)"]) }
    if isa != .highest { add("--isa", [isa.rawValue]) }
    if let epilogue { add("--epilogue", [epilogue]) }
    if let mb { add("--mb", ["\(mb)"]) }
    return arguments
  }
}
