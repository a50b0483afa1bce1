import ConvolutionModel

/// Whether the code was optimised.
public enum BuildConfiguration: String, Hashable, Sendable, Codable, CaseIterable {
  /// Unoptimised: times say nothing about the kernels.
  case debug
  /// Optimised.
  case release

  /// The configuration that this module was compiled in.
  public static var current: Self {
    #if DEBUG
      .debug
    #else
      .release
    #endif
  }
}

/// What a measurement ran on, as far as it decides the numbers: two records may be compared only with this in view.
public struct MachineIdentity: Hashable, Sendable, Codable {
  /// The processor's name as the operating system tells it; "unknown" where it doesn't.
  public var cpuModel: String
  /// The host's name, which tells machines of one kind apart: that of the system, unless ``hostVariable`` gives another one
  /// or hides it; nil where it's hidden, and in records from before it was kept.
  public var host: String?
  /// Cores that this process may use: the affinity mask and the control group's quota (rounded up) allow no more.
  public var cores: Int
  /// Bytes of one first-level data cache; nil where the system doesn't say.
  public var l1dBytes: Int?
  /// Bytes of one second-level cache; nil where the system doesn't say.
  public var l2Bytes: Int?
  /// Bytes of one third-level cache; nil where there is none or the system doesn't say.
  public var l3Bytes: Int?
  /// The highest instruction set that the machine runs.
  public var isa: InstructionSet
  /// Operating system, its kernel's release and the architecture: "Linux 6.1.0 x86_64".
  public var os: String
  /// The compiler's version as far as conditional compilation shows it: "6.3".
  public var swiftVersion: String
  /// How the measuring code was built.
  public var buildConfiguration: BuildConfiguration

  /// Describes a machine.
  public init(
    cpuModel: String, host: String? = nil, cores: Int, l1dBytes: Int?, l2Bytes: Int?, l3Bytes: Int?,
    isa: InstructionSet, os: String,
    swiftVersion: String, buildConfiguration: BuildConfiguration
  ) {
    self.cpuModel = cpuModel
    self.host = host
    self.cores = cores
    self.l1dBytes = l1dBytes
    self.l2Bytes = l2Bytes
    self.l3Bytes = l3Bytes
    self.isa = isa
    self.os = os
    self.swiftVersion = swiftVersion
    self.buildConfiguration = buildConfiguration
  }
}
