import Benchmark
import ConvolutionKernels
import ConvolutionModel
import Networks

/// Representative layers × the kernels of this machine's best instruction set, in the framework's conventions.
///
/// No thresholds are set. Wall time depends on the machine and its neighbours. Allocations are counted only with jemalloc,
/// and read 0 without it whatever the code does: a threshold on them would always pass (the package's tests count them by
/// themselves). Instructions are deterministic, but are counted only where the kernel lets a process open its performance
/// counters, which virtual machines and containers mostly don't; where they are, `thresholds update` makes a file of them.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .cpuUser, .instructions, .throughput], warmupIterations: 3, maxDuration: .milliseconds(500))
  let available = KernelRegistry.all.filter { $0.availability == .available && $0.id.family != "naive" }
  let best = available.compactMap(\.id.isa).max()
  for layer in Layer.representative {
    guard let operation = layer.operation else {
      fatalError("\(layer.network) has no layer \(layer.name); see bench list layers")
    }
    for kernel in available
    where (kernel.id.isa == nil || kernel.id.isa == best) && kernel.support(for: operation).isSupported {
      Benchmark("\(layer.network) \(layer.name) \(kernel.id)") { benchmark, prepared in
        for _ in benchmark.scaledIterations { try prepared.run() }
      } setup: {
        try PreparedRun(kernel, operation)
      }
    }
  }
}
