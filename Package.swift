// swift-tools-version: 6.2
import PackageDescription

// The baseline bodies of trampolines that only ever run with FMA still refer to libm's fmaf.
let linkMath: [LinkerSetting] = [.linkedLibrary("m", .when(platforms: [.linux]))]

let package = Package(
  name: "swift-convolution",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Convolution", targets: ["Convolution"]),
    // For the nested package of benchmarks: every kernel by name, and the networks' layers.
    .library(name: "ConvolutionSuite", targets: ["ConvolutionKernels", "ConvolutionModel", "Networks"]),
    // For packages with kernels of their own: the whole suite with them, and its checks for their tests.
    .library(name: "ConvolutionBench", targets: ["ConvolutionBench"]),
    .library(name: "ConvolutionVerification", targets: ["ConvolutionVerification"]),
    .executable(name: "bench", targets: ["bench"]),
  ],
  traits: [
    .trait(name: "ONNX", description: "bench onnx: reads ONNX's test cases, for which swift-protobuf is fetched.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Of the trait ONNX alone, and without its own traits, which nothing here needs.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    .target(name: "CKernelISA"),
    .target(name: "ConvolutionModel"),
    .target(name: "Threading", dependencies: ["CKernelISA"]),
    .target(name: "RegisterTiles", dependencies: ["CKernelISA", "ConvolutionModel"]),
    .target(
      name: "MatrixMultiplication", dependencies: ["CKernelISA", "ConvolutionModel", "RegisterTiles", "Threading"],
      linkerSettings: linkMath),
    .target(
      name: "ConvolutionKernels",
      dependencies: ["CKernelISA", "ConvolutionModel", "MatrixMultiplication", "RegisterTiles", "Threading"],
      linkerSettings: linkMath),
    .target(
      name: "Convolution",
      dependencies: ["ConvolutionKernels", "ConvolutionModel", "Measurement", "RegisterTiles", "Threading"]),
    .target(name: "ReferenceConvolution", dependencies: ["ConvolutionModel"]),
    .target(name: "Verification", dependencies: ["ConvolutionModel", "ReferenceConvolution", "Threading"]),
    .target(
      name: "Measurement", dependencies: ["CKernelISA", "ConvolutionModel", "RegisterTiles", "Threading"],
      linkerSettings: linkMath),
    .target(name: "Networks", dependencies: ["ConvolutionModel"]),
    .target(
      name: "ONNXModels",
      dependencies: [
        "ConvolutionModel", "Verification",
        .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: .when(traits: ["ONNX"])),
      ],
      exclude: ["onnx.proto"]),
    .target(
      name: "Harness",
      dependencies: [
        "Convolution", "ConvolutionKernels", "ConvolutionModel", "MatrixMultiplication", "Measurement", "Networks",
        "Threading",
        "Verification",
      ]),
    .target(name: "Charts"),
    .target(
      name: "Reports",
      dependencies: [
        "Charts", "ConvolutionModel", "Harness", "MatrixMultiplication", "Measurement", "Networks", "ONNXModels",
        "RegisterTiles", "Verification", .product(name: "Mustache", package: "swift-mustache"),
      ]),
    .target(
      name: "BenchCommand",
      dependencies: [
        "Convolution", "ConvolutionKernels", "ConvolutionModel", "Harness", "MatrixMultiplication", "Measurement",
        "Networks", "ONNXModels", "Reports", "Verification",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(
      name: "ConvolutionBench", dependencies: ["BenchCommand", "ConvolutionKernels", "ConvolutionModel"]),
    .target(name: "ConvolutionVerification", dependencies: ["ConvolutionModel", "Verification"]),
    .executableTarget(name: "bench", dependencies: ["BenchCommand"]),
    .testTarget(
      name: "ConvolutionModelTests", dependencies: ["ConvolutionModel"]),
    .testTarget(
      name: "ThreadingTests", dependencies: ["Threading", "ConvolutionModel"]),
    .testTarget(
      name: "MatrixMultiplicationTests", dependencies: ["MatrixMultiplication", "ConvolutionModel", "RegisterTiles"]),
    .testTarget(
      name: "ReferenceConvolutionTests", dependencies: ["ReferenceConvolution", "ConvolutionModel"]),
    .testTarget(
      name: "VerificationTests", dependencies: ["Verification", "ConvolutionKernels", "ConvolutionModel"]),
    .testTarget(
      name: "MeasurementTests", dependencies: ["Measurement", "ConvolutionModel"]),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "ConvolutionModel"]),
    .testTarget(
      name: "ONNXTests",
      dependencies: [
        "BenchCommand", "ConvolutionKernels", "ConvolutionModel", "ONNXModels", "Reports", "Verification",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: .when(traits: ["ONNX"])),
      ]),
    .testTarget(
      name: "HarnessTests",
      dependencies: [
        "Convolution", "ConvolutionKernels", "ConvolutionModel", "Harness", "MatrixMultiplication", "Measurement",
        "Networks",
        "Verification",
      ]),
    .testTarget(name: "ChartsTests", dependencies: ["Charts"]),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["ConvolutionModel", "Harness", "Measurement", "Networks", "Reports", "Verification"]),
    .testTarget(
      name: "BenchCommandTests",
      dependencies: [
        "BenchCommand", "Convolution", "ConvolutionKernels", "ConvolutionModel", "Harness", "Measurement", "Reports",
        "Verification",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "ConvolutionTests",
      dependencies: [
        "Convolution", "ConvolutionKernels", "ConvolutionModel", "Measurement", "RegisterTiles", "Verification",
      ]),
    // Takes the place of malloc in the test executable, and counts.
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .testTarget(
      name: "KernelConformanceTests",
      dependencies: ["AllocationCounter", "ConvolutionKernels", "ConvolutionModel", "RegisterTiles", "Verification"]),
    .testTarget(
      name: "ConvolutionKernelsTests",
      dependencies: ["ConvolutionKernels", "ConvolutionModel", "RegisterTiles", "Verification"]),
  ])
