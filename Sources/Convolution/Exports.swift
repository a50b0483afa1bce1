@_exported import ConvolutionModel
