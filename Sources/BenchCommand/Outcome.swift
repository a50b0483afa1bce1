/// How the command ends; the numbers are in the help.
enum Outcome: Int32, Sendable {
  case success = 0
  case failure = 1
  case usage = 64
  case data = 65
  case unavailable = 69
  case inputOutput = 74
  case interrupted = 130
}
