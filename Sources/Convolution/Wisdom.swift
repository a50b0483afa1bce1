import ConvolutionModel
import Measurement

/// Choices of kernels that were measured, to be kept and followed without measuring again.
///
/// A value: plans take it in their ``PlanningOptions`` and give what they measured as ``ConvolutionPlan/wisdom``, which is
/// merged into what there was. A choice is kept under everything that it depends on; on another processor, with another
/// version or another number of threads nothing is found, and nothing wrong is followed.
public struct Wisdom: Hashable, Sendable {
  /// What a choice depends on.
  public struct Key: Hashable, Sendable, Codable {
    /// The processor's name.
    public var cpuModel: String
    /// The highest instruction set.
    public var isa: InstructionSet
    /// The version of the package.
    public var libraryVersion: String
    /// Threads of a run.
    public var threads: Int
    /// The operation in benchdnn's notation.
    public var problem: String
    /// The epilogue in words, see ``ConvolutionOperation/epilogueName``.
    public var epilogue: String
    /// The layout of the tensors.
    public var layout: TensorLayout
    /// The demand, see ``AccuracyDemand/description``.
    public var accuracy: String
    /// Where the weights were.
    public var weights: WeightResidency

    /// The key of an operation on a machine.
    public init(
      _ operation: ConvolutionOperation, layout: TensorLayout, threads: Int = 1, accuracy: AccuracyDemand = .any,
      weights: WeightResidency = .warm, machine: MachineIdentity = .current,
      libraryVersion: String = LibraryVersion.current
    ) {
      cpuModel = machine.cpuModel
      isa = machine.isa
      self.libraryVersion = libraryVersion
      self.threads = threads
      problem = operation.description
      epilogue = operation.epilogueName
      self.layout = layout
      self.accuracy = accuracy.description
      self.weights = weights
    }
  }

  /// A choice.
  public struct Entry: Hashable, Sendable, Codable {
    /// The kernel's id.
    public var kernel: String
    /// Its median time when it was chosen.
    public var nanoseconds: Double
    /// When it was chosen, in seconds since 1970.
    public var date: Int

    /// Makes a choice.
    public init(kernel: String, nanoseconds: Double, date: Int) {
      self.kernel = kernel
      self.nanoseconds = nanoseconds
      self.date = date
    }
  }

  var entries: [Key: Entry]

  /// Knows nothing.
  public init() { entries = [:] }

  /// The number of choices.
  public var count: Int { entries.count }
  /// What choices are known of.
  public var keys: some Collection<Key> { entries.keys }

  /// The choice of a key.
  public subscript(key: Key) -> Entry? {
    get { entries[key] }
    set { entries[key] = newValue }
  }

  /// Takes in other choices. Of two for one key the later one stays, of one date the faster one: the order of merging
  /// doesn't matter.
  public mutating func merge(_ other: Wisdom) {
    entries.merge(other.entries) { mine, theirs in
      (mine.date, -mine.nanoseconds, mine.kernel) >= (theirs.date, -theirs.nanoseconds, theirs.kernel) ? mine : theirs
    }
  }
}
