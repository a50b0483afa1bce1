/// The candidate that takes the fewest single-character edits to become `name`, or whose beginning does; nil when all are
/// further than half its length away, so that a suggestion is never a random word.
///
/// The distance is Levenshtein's, upper and lower case taken as the same.
public func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  let wanted = Array(name.lowercased())
  let ranked = candidates.map { name in
    let candidate = Array(name.lowercased())
    // The start of a longer name counts nearly as much as the whole: ids are often typed without their last part. Most of it
    // must be right, though: any name begins like one that has hardly a letter.
    let start = editDistance(wanted, Array(candidate.prefix(wanted.count)))
    let whole = editDistance(wanted, candidate)
    let distance = 2 * start < wanted.count ? min(whole, start + 1) : whole
    return (name: name, distance: distance)
  }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, wanted.count / 2) ? best.name : nil
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j + 1] + 1, row[j] + 1)
    }
  }
  return row[b.count]
}
