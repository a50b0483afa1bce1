import ArgumentParser

/// A command that runs kernels on workloads, `run` or `verify`: the options that both have.
///
/// Not a group of groups: the parser's time grows with a power of the depth.
protocol SessionCommand: ParsableCommand {
  var selection: SelectionOptions { get }
  var extent: ExtentOptions { get }
  var external: ExternalOptions { get }
  var format: FormatOptions { get }
  var records: RecordOptions { get }
  var sharding: ShardOptions { get }
  var debug: DebugOptions { get }
}
