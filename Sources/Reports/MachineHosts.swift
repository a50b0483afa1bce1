/// Telling machines of one kind apart.
///
/// Shards of a campaign run on many hosts of one kind, which together are one machine to the reader, as long as each measures
/// what the others don't. Where two hosts measured the same, they are two machines, with two results.
struct MachineHosts<Kind: Hashable> {
  /// Kinds of which two hosts measured the same.
  let toldApart: Set<Kind>

  /// Looks at what was measured where; a host that isn't known may be any.
  init<Subject: Hashable>(_ measurements: some Sequence<(kind: Kind, host: String?, subject: Subject)>) {
    var hosts: [Kind: [Subject: String]] = [:]
    var toldApart: Set<Kind> = []
    for (kind, host, subject) in measurements {
      guard let host else { continue }
      let known = hosts[kind, default: [:]].updateValue(host, forKey: subject)
      if let known, known != host { toldApart.insert(kind) }
    }
    self.toldApart = toldApart
  }

  /// The host of a record, where it says which machine is meant; nil where the kind says enough.
  func name(_ host: String?, of kind: Kind) -> String? { toldApart.contains(kind) ? host : nil }
}
