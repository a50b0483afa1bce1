/// The points that no other point beats in both coordinates, smaller being better.
struct ParetoFront {
  /// Numbers of the points on it, along x.
  let members: [Int]
  /// Its corners: from each point to the right, then down to the next.
  let steps: [(x: Double, y: Double)]

  init(_ points: [(x: Double, y: Double)]) {
    var members: [Int] = []
    var least = Double.infinity
    for index in points.indices.sorted(by: { points[$0] < points[$1] }) where points[index].y < least {
      members.append(index)
      least = points[index].y
    }
    self.members = members
    var steps: [(x: Double, y: Double)] = []
    for index in members {
      if let last = steps.last { steps.append((points[index].x, last.y)) }
      steps.append(points[index])
    }
    self.steps = steps
  }
}
