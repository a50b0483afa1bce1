// swift-tools-version: 6.2
import PackageDescription

// A package with a convolution kernel of its own, as a stranger would write it: the suite and its checks by URL and version.
// `.ci/stranger` builds, runs and tests it against a tagged copy of the checkout.
let package = Package(
  name: "own-kernel",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/swift-convolution/swift-convolution", from: "1.0.0")
  ],
  targets: [
    .target(name: "OwnKernels", dependencies: [.product(name: "Convolution", package: "swift-convolution")]),
    .executableTarget(
      name: "own-bench",
      dependencies: ["OwnKernels", .product(name: "ConvolutionBench", package: "swift-convolution")]),
    .testTarget(
      name: "OwnKernelsTests",
      dependencies: ["OwnKernels", .product(name: "ConvolutionVerification", package: "swift-convolution")]),
  ])
