import ArgumentParser

/// What a debug build does.
struct DebugOptions: ParsableArguments {
  @Flag(help: "In a debug build, run here instead of handing over to a release build.")
  var debugOk = false
}
