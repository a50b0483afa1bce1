// swift-tools-version: 6.2
import PackageDescription

// A package as a stranger to this one would write it: the library by URL and version, nothing else. `.ci/stranger` builds
// and runs it against a tagged copy of the checkout.
let package = Package(
  name: "first-convolution",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/swift-convolution/swift-convolution", from: "1.0.0")
  ],
  targets: [
    .executableTarget(
      name: "first-convolution", dependencies: [.product(name: "Convolution", package: "swift-convolution")])
  ])
