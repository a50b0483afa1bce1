import ConvolutionModel
import Networks

extension WorkloadSelection {
  /// A workload with all the names by which it may be asked for.
  struct Candidate {
    /// The workload.
    let workload: Workload
    /// Its layer's name, and of a network the names of the equal layers that it stands for.
    let names: [String]

    /// A workload with one name.
    init(_ workload: Workload) {
      self.workload = workload
      names = [workload.layer]
    }

    private init(_ workload: Workload, names: [String]) {
      self.workload = workload
      self.names = names
    }

    /// Whether the pattern fits one of the names.
    func matches(_ glob: Glob) -> Bool { names.contains(where: glob.matches) }

    /// A network's convolutions, then its separable pairs.
    static func layers(of network: Network, batch: Int) throws(SelectionError) -> [Candidate] {
      // The merged layers are told by what they compute on one image.
      var names: [ConvolutionOperation: [String]] = [:]
      for layer in network.layers {
        guard let problem = layer.problem, let epilogue = layer.epilogue else { continue }
        names[ConvolutionOperation(problem, epilogue: epilogue), default: []].append(layer.name)
      }
      do throws(ConvolutionError) {
        let single = try network.workloads(batch: 1)
        let batched = batch == 1 ? single : try network.workloads(batch: batch)
        let convolutions = zip(single, batched).map { single, batched in
          Candidate(batched, names: names[single.operation] ?? [batched.layer])
        }
        return try convolutions + network.separableWorkloads(batch: batch).map { Candidate($0) }
      } catch {
        throw .invalidBatch(message: "\(network.id) with \(batch) images in a batch: \(error)")
      }
    }
  }
}
