import ConvolutionModel
import Networks

/// A choice of workloads.
public struct WorkloadSelection: Hashable, Sendable {
  /// What is taken where neither networks nor layers nor problems are named.
  public enum Scope: Hashable, Sendable {
    /// A few layers that stand for the others: done within seconds.
    case quick
    /// Layers of every kind from ``defaultNetworks``.
    case representative
    /// All layers of ``defaultNetworks``.
    case full
  }

  /// Ids of networks.
  public var networks: [String]
  /// Globs for layer names; empty for all layers.
  public var layers: [String]
  /// Problem strings.
  public var problems: [String]
  /// Files of problem strings; `-` for standard input.
  public var problemFiles: [String]
  /// What replaces the layers' own final epilogue, and the bias of problems from strings.
  public var epilogue: Epilogue?
  /// Images in a batch, instead of 1 for networks and of what problem strings say.
  public var batch: Int?
  /// What is taken where nothing is named.
  public var scope: Scope

  /// Makes a choice.
  public init(
    networks: [String] = [], layers: [String] = [], problems: [String] = [], problemFiles: [String] = [],
    epilogue: Epilogue? = nil, batch: Int? = nil, scope: Scope = .representative
  ) {
    self.networks = networks
    self.layers = layers
    self.problems = problems
    self.problemFiles = problemFiles
    self.epilogue = epilogue
    self.batch = batch
    self.scope = scope
  }

  /// Whether nothing is named, so that ``scope`` says what is taken.
  public var usesScope: Bool { networks.isEmpty && layers.isEmpty && problems.isEmpty && problemFiles.isEmpty }

  /// The networks whose layers are timed when none is named.
  public static let defaultNetworks = ["vgg16", "resnet50", "mobilenetv1", "mobilenetv2"]

  /// Layers of every kind: first ones, 3×3 from large to small images, 1×1, strided, depthwise, separable.
  public static let representativeLayers: [(network: String, layer: String)] = [
    ("vgg16", "conv1_1"), ("vgg16", "conv3_2"), ("vgg16", "conv5_1"), ("resnet50", "conv1"),
    ("resnet50", "conv2_1/conv2"), ("resnet50", "conv2_1/conv3"), ("resnet50", "conv3_1/conv2"),
    ("resnet50", "conv3_1/shortcut"), ("resnet50", "conv4_2/conv1"), ("mobilenetv1", "block7/depthwise"),
    ("mobilenetv1", "block7/pointwise"), ("mobilenetv1", "block7/separable"), ("mobilenetv2", "block2/depthwise"),
    ("mobilenetv2", "block2/separable"),
  ]

  /// One layer of each of the commonest kinds.
  public static let quickLayers: [(network: String, layer: String)] = [
    ("resnet50", "conv1"), ("resnet50", "conv2_1/conv2"), ("resnet50", "conv2_1/conv3"),
    ("mobilenetv1", "block7/depthwise"), ("mobilenetv1", "block7/separable"),
  ]

  /// The chosen workloads: layers of networks in their order, then problems. Equal layers of a network are one workload
  /// with a count.
  ///
  /// - Parameter readFile: reads a file of problems; the default reads files, and standard input for `-`.
  /// - Returns: the workloads, and the problems in files that were refused.
  /// - Throws: ``SelectionError`` for unknown networks, patterns that match nothing, problem strings with a mistake,
  ///   files that can't be read, and tensors that this machine has no room for.
  public func workloads(
    readFile: (String) throws(SelectionError) -> String = Self.contents(ofFile:)
  ) throws(SelectionError) -> (workloads: [Workload], refused: [RefusedProblem]) {
    var candidates: [Candidate] = []
    if !networks.isEmpty {
      for id in networks { candidates += try Candidate.layers(of: try network(id), batch: batch ?? 1) }
    } else if problems.isEmpty && problemFiles.isEmpty {
      candidates = try unnamedLayers()
    }
    var refused: [RefusedProblem] = []
    for problem in problems { candidates.append(try candidate(problem)) }
    for path in problemFiles {
      let read = try self.candidates(inFile: path, text: try readFile(path))
      candidates += read.candidates
      refused += read.refused
    }
    var chosen = try filtered(candidates)
    if let epilogue {
      chosen = try chosen.map { workload throws(SelectionError) in try workload.ending(with: epilogue) }
    }
    for workload in chosen {
      if let reason = MemoryDemand.objection(to: workload.operation) {
        let name = [workload.network, workload.layer].compactMap(\.self).joined(separator: " ")
        throw .tooLarge(message: "\(quoted(name, longest: 200)): \(reason)")
      }
    }
    return (Self.distinct(chosen), refused)
  }

  /// What is taken where nothing is named; a layer pattern alone looks through every network.
  private func unnamedLayers() throws(SelectionError) -> [Candidate] {
    let batch = batch ?? 1
    var candidates: [Candidate] = []
    if !layers.isEmpty {
      for network in Network.all { candidates += try Candidate.layers(of: network, batch: batch) }
      return candidates
    }
    for id in Self.defaultNetworks {
      let all = try Candidate.layers(of: try network(id), batch: batch)
      let wanted: [String]
      switch scope {
      case .full:
        candidates += all
        continue
      case .representative: wanted = Self.representativeLayers.filter { $0.network == id }.map(\.layer)
      case .quick: wanted = Self.quickLayers.filter { $0.network == id }.map(\.layer)
      }
      candidates += all.filter { candidate in wanted.contains { candidate.names.contains($0) } }
    }
    return candidates
  }

  private func network(_ id: String) throws(SelectionError) -> Network {
    do throws(NetworkError) {
      return try Network.named(id)
    } catch {
      throw .network(message: "\(error)")
    }
  }

  private func filtered(_ candidates: [Candidate]) throws(SelectionError) -> [Workload] {
    if layers.isEmpty { return candidates.map(\.workload) }
    let globs = layers.map { Glob($0) }
    for glob in globs where !candidates.contains(where: { $0.matches(glob) }) {
      throw .noLayerMatches(
        pattern: glob.pattern, nearest: nearestName(to: glob.pattern, among: candidates.flatMap(\.names)))
    }
    return candidates.filter { candidate in globs.contains { candidate.matches($0) } }.map(\.workload)
  }

  /// Each workload once: a problem that is named twice would be measured twice under one key.
  private static func distinct(_ workloads: [Workload]) -> [Workload] {
    var seen: Set<Workload> = []
    return workloads.filter { seen.insert($0).inserted }
  }
}

extension Workload {
  /// The same workload with another final epilogue.
  fileprivate func ending(with epilogue: Epilogue) throws(SelectionError) -> Workload {
    let changed: ConvolutionOperation
    if let pointwise = operation.pointwise {
      do throws(ConvolutionError) {
        changed = try ConvolutionOperation(
          operation.problem, epilogue: operation.epilogue,
          pointwise: PointwiseStage(outputChannels: pointwise.outputChannels, epilogue: epilogue),
          elementType: operation.elementType)
      } catch {
        throw .invalidProblem(message: "\(layer): \(error)")
      }
    } else {
      changed = ConvolutionOperation(operation.problem, epilogue: epilogue)
    }
    return Workload(network: network, layer: layer, count: count, operation: changed)
  }
}
