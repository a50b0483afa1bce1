// The checks by themselves, for the tests of a package with kernels of its own: `VerificationSubject`, and what a kernel and
// its problems are made of.
@_exported import ConvolutionModel
@_exported import Verification
