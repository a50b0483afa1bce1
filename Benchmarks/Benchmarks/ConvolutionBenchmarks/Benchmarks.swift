import AllocationCounter
import Benchmark
import ConvolutionKernels
import ConvolutionModel
import Networks

/// Representative layers × the kernels of this machine's best instruction set, in the framework's conventions.
///
/// Thresholds are set on what is deterministic. Allocations in a run are counted on the calling thread by a counter that takes
/// the place of malloc in the executable; a benchmark fails as soon as there is one. Instructions are counted only where the
/// kernel lets a process open its performance counters, which virtual machines and containers mostly don't; where they are,
/// `thresholds update` makes files of them, and `thresholds check` then holds a change to them within 2 %. Wall time depends
/// on the machine and its neighbours: it has no threshold.
let benchmarks: @Sendable () -> Void = {
  let allocations = BenchmarkMetric.custom("Allocations in a run", useScalingFactor: false)
  let instructions = BenchmarkThresholds(relative: [.p50: 2, .p90: 2])
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .cpuUser, .instructions, .throughput, allocations], warmupIterations: 3,
    maxDuration: .milliseconds(500),
    thresholds: [allocations: BenchmarkThresholds(absolute: [.p100: 0]), .instructions: instructions])
  let available = KernelRegistry.all.filter { $0.availability == .available && $0.id.family != "naive" }
  let best = available.compactMap(\.id.isa).max()
  for layer in Layer.representative {
    guard let operation = layer.operation else {
      fatalError("\(layer.network) has no layer \(layer.name); see bench list layers")
    }
    for kernel in available
    where (kernel.id.isa == nil || kernel.id.isa == best) && kernel.support(for: operation).isSupported {
      Benchmark("\(layer.network) \(layer.name) \(kernel.id)") { benchmark, prepared in
        var allocated = 0
        for _ in benchmark.scaledIterations {
          let before = allocation_counter_value()
          try prepared.run()
          allocated += allocation_counter_value() - before
        }
        benchmark.stopMeasurement()
        guard allocation_counter_is_available() else { return }
        benchmark.measurement(allocations, allocated)
        if allocated > 0 { benchmark.error("a run allocated memory \(allocated) times") }
      } setup: {
        try PreparedRun(kernel, operation)
      }
    }
  }
}
