// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that whoever depends on the library doesn't fetch a benchmark framework.
let package = Package(
  name: "convolution-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swift-convolution", path: ".."),
    // Without its traits it needs no jemalloc on the machine.
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "ConvolutionBenchmarks",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "ConvolutionSuite", package: "swift-convolution"),
      ],
      path: "Benchmarks/ConvolutionBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ])
