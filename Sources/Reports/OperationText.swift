import ConvolutionModel

/// Operations in few characters, for readers.
public enum OperationText {
  /// Channels and image, then what is done to them: `64×56×56→64 k3 p1`, with strides (`s2`), dilation (`d2`), groups
  /// (`g32`, or `dw` for depthwise), padding (`p1`, or all four sides) and batch (`mb8`) where they aren't the plain ones;
  /// a pointwise stage follows as `→128 k1`.
  public static func short(_ operation: ConvolutionOperation) -> String {
    let problem = operation.problem
    var parts = [
      "\(problem.inputChannels)×\(problem.inputHeight)×\(problem.inputWidth)→\(problem.outputChannels)",
      "k" + pair(problem.filterHeight, problem.filterWidth),
    ]
    if problem.strideHeight > 1 || problem.strideWidth > 1 {
      parts.append("s" + pair(problem.strideHeight, problem.strideWidth))
    }
    if problem.dilationHeight > 1 || problem.dilationWidth > 1 {
      parts.append("d" + pair(problem.dilationHeight, problem.dilationWidth))
    }
    let padding = problem.padding
    if Set([padding.top, padding.left, padding.bottom, padding.right]).count > 1 {
      parts.append("p\(padding.top):\(padding.left):\(padding.bottom):\(padding.right)")
    } else if padding.top > 0 {
      parts.append("p\(padding.top)")
    }
    if problem.isDepthwise { parts.append("dw") } else if problem.groups > 1 { parts.append("g\(problem.groups)") }
    if problem.batch > 1 { parts.append("mb\(problem.batch)") }
    if let pointwise = operation.pointwise { parts.append("→\(pointwise.outputChannels) k1") }
    return parts.joined(separator: " ")
  }

  private static func pair(_ height: Int, _ width: Int) -> String {
    height == width ? "\(height)" : "\(height)×\(width)"
  }
}
