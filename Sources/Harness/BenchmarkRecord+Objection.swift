import ConvolutionModel

extension BenchmarkRecord {
  /// What in a record can't be: a field, and what is wrong with its value.
  public struct Objection: Hashable, Sendable, CustomStringConvertible {
    /// The field's name.
    public let field: String
    /// The value and what was expected.
    public let reason: String

    public var description: String { "\(field) \(reason)" }
  }

  /// What in the record can't be, or was written by a later version; nil where all of it can.
  ///
  /// Whoever reads records from files asks this first: what follows counts on whole numbers of threads and on times that can
  /// be divided by.
  public var objection: Objection? {
    if schemaVersion > Self.currentSchemaVersion {
      return Objection(
        field: "schemaVersion",
        reason: "is \(schemaVersion), newer than \(Self.currentSchemaVersion), which this version reads")
    }
    if schemaVersion < 1 {
      return Objection(field: "schemaVersion", reason: "is \(schemaVersion); expected \(Self.currentSchemaVersion)")
    }
    do throws(ProblemStringError) {
      _ = try ProblemLine.parse(problem)
    } catch {
      return Objection(field: "problem", reason: "is \(quoted(problem)), column \(error.column): \(error.reason)")
    }
    return countObjection ?? sampleObjection ?? rateObjection
  }

  private var countObjection: Objection? {
    let counts: [(String, Int?, ClosedRange<Int>)] = [
      ("threads", threads, 1...1024), ("count", count, 1...ConvolutionProblem.largestExtent),
      ("callsPerSample", callsPerSample, 0...Int.max), ("droppedSamples", droppedSamples, 0...Int.max),
      ("workspaceBytes", workspaceBytes, 0...Int.max), ("packedWeightsBytes", packedWeightsBytes, 0...Int.max),
    ]
    for (field, value, range) in counts {
      if let value, !range.contains(value) {
        let most =
          range.upperBound == Int.max ? "at least \(range.lowerBound)" : "\(range.lowerBound)…\(range.upperBound)"
        return Objection(field: field, reason: "is \(value); expected \(most)")
      }
    }
    return nil
  }

  /// 30 years, and more than any machine does.
  private static let longestNanoseconds = 1e18
  private static let highestGflops = 1e9

  private var sampleObjection: Objection? {
    if samplesNanoseconds.count != probeGflops.count {
      return Objection(
        field: "probeGflops",
        reason: "has \(probeGflops.count) numbers for \(samplesNanoseconds.count) samples; expected as many")
    }
    for (field, values, most) in [
      ("samplesNanoseconds", samplesNanoseconds, Self.longestNanoseconds),
      ("probeGflops", probeGflops, Self.highestGflops),
      ("minNanoseconds", [minNanoseconds].compactMap(\.self), Self.longestNanoseconds),
      ("medianNanoseconds", [medianNanoseconds].compactMap(\.self), Self.longestNanoseconds),
      ("medianInterval", medianInterval.map { [$0.lowerBound, $0.upperBound] } ?? [], Self.longestNanoseconds),
    ] {
      for value in values where !(value > 0 && value <= most) {
        return Objection(field: field, reason: "holds \(value); expected a number above 0 and up to \(most)")
      }
    }
    return nil
  }

  private var rateObjection: Objection? {
    let rates: [(String, Double?, Double)] = [
      ("checkedShare", checkedShare, 1), ("gflops", gflops, Self.highestGflops),
      ("gflopsWithoutPadding", gflopsWithoutPadding, Self.highestGflops),
      ("fractionOfPeak", fractionOfPeak, Self.highestGflops),
      ("planNanoseconds", planNanoseconds, Self.longestNanoseconds),
      ("reorderNanoseconds", reorderNanoseconds, Self.longestNanoseconds),
    ]
    for (field, value, most) in rates {
      if let value, !(0...most ~= value) {
        return Objection(field: field, reason: "is \(value); expected 0 to \(most)")
      }
    }
    for (stage, value) in (stageNanoseconds ?? [:]).sorted(by: { $0.key < $1.key })
    where !(0...Self.longestNanoseconds ~= value) {
      return Objection(
        field: "stageNanoseconds",
        reason: "holds \(value) for \(quoted(stage)); expected 0 to \(Self.longestNanoseconds)")
    }
    return nil
  }
}
