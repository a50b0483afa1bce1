import ConvolutionBench
import OwnKernels

// The whole suite with one kernel more: own-bench verify --kernel own-pointwise-nhwc, own-bench --quick, …
try KernelRegistry.register(PointwiseKernel())
Bench.main()
