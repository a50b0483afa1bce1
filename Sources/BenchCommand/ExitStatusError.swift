import Convolution
import Harness
import Reports

/// An error that knows how the command ends because of it.
protocol ExitStatusError: Error {
  var outcome: Outcome { get }
}

extension ShardError: ExitStatusError {
  var outcome: Outcome { .usage }
}

extension ComparisonError: ExitStatusError {
  var outcome: Outcome { .data }
}

extension RecordMergeError: ExitStatusError {
  var outcome: Outcome { .data }
}

extension WisdomError: ExitStatusError {
  var outcome: Outcome {
    switch self {
    case .unreadable, .unwritable: .inputOutput
    case .corrupt, .unknownVersion: .data
    }
  }
}
