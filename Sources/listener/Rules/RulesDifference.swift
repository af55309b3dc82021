/// What has to change on the server for the wanted rules to be in force.
struct RulesDifference: Equatable, Sendable {
    /// Values that no rule on the server has, sorted.
    var add: [String]
    /// Rules of ours that are not wanted, sorted by value.
    var delete: [StreamRule]
    /// Wanted values that are in force, under whatever tag.
    var kept: Int
    /// Rules with another tag or none, which are left alone.
    var foreign: Int

    init(wanted: [String], server: [StreamRule], tag: String) {
        let present = Set(server.map(\.value))
        let wanted = Set(wanted)
        add = wanted.subtracting(present).sorted()
        delete = server.filter { $0.tag == tag && !wanted.contains($0.value) }
            .sorted { $0.value < $1.value }
        kept = wanted.intersection(present).count
        foreign = server.count { $0.tag != tag }
    }

    var isEmpty: Bool { add.isEmpty && delete.isEmpty }
}
