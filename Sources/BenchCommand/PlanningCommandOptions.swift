import ArgumentParser
import Convolution
import ConvolutionModel

/// What is demanded of plans.
struct PlanningCommandOptions: ParsableArguments {
  @Option(
    help: .init(
      "How exact a kernel must be: any; sum, like a direct summation; or the largest error constant.",
      valueName: "demand"))
  var accuracy = "any"

  mutating func validate() throws {
    if AccuracyDemand(accuracy) == nil {
      throw ValidationError("--accuracy is \(accuracy); expected any, sum or a positive number")
    }
  }

  /// The demand.
  var demand: AccuracyDemand { AccuracyDemand(accuracy) ?? .any }
}
