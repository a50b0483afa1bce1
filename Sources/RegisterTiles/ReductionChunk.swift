/// A part of the sum over taps and input channels, small enough that its weights stay in a near cache while all pixels of
/// a block use them.
package struct ReductionChunk: Sendable {
  package let firstTap: Int
  package let taps: Int
  package let firstChannel: Int
  package let channels: Int

  /// Cuts `taps · channels` rows into chunks of at most `limit` rows: whole taps where several fit, else even parts of one.
  package static func chunks(taps: Int, channels: Int, limit: Int) -> [ReductionChunk] {
    if channels <= limit {
      let tapsPerChunk = limit / channels
      let count = (taps + tapsPerChunk - 1) / tapsPerChunk
      return (0..<count).map { index in
        let first = index * taps / count
        return ReductionChunk(
          firstTap: first, taps: (index + 1) * taps / count - first, firstChannel: 0, channels: channels)
      }
    }
    let count = (channels + limit - 1) / limit
    return (0..<taps).flatMap { tap in
      (0..<count).map { index in
        let first = index * channels / count
        return ReductionChunk(
          firstTap: tap, taps: 1, firstChannel: first, channels: (index + 1) * channels / count - first)
      }
    }
  }
}
