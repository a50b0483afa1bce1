// The suite for a package with kernels of its own, in one import: `KernelRegistry.register(_:)`, `Bench.main()`, and what a
// kernel is made of.
@_exported import BenchCommand
@_exported import ConvolutionKernels
@_exported import ConvolutionModel
