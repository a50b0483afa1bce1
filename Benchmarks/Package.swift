// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that whoever depends on the library doesn't fetch a benchmark framework.
let package = Package(
  name: "convolution-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swift-convolution", path: ".."),
    // Without its traits: its own counter of allocations is one more package, and counts what the framework does as well.
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    // The one that the suite's tests have, by a link.
    .target(name: "AllocationCounter", path: "AllocationCounter"),
    .executableTarget(
      name: "ConvolutionBenchmarks",
      dependencies: [
        "AllocationCounter",
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "ConvolutionSuite", package: "swift-convolution"),
      ],
      path: "Benchmarks/ConvolutionBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ])
