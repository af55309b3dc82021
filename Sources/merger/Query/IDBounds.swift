import Shared

/// A range of tweet ids, both ends included. Empty where the first is above the last.
struct IDBounds: Equatable, Sendable {
    var first: Int64 = 1
    var last: Int64 = .max

    static let all = IDBounds()

    init() {}

    /// - Parameters:
    ///   - from: the first id, or a moment: the first id that can be made then.
    ///   - to: the last id, or a moment: the last id that can be made before it.
    init(from: String?, to: String?) throws(ConfigurationError) {
        if let from { first = try Self.bound(from, "--from").first }
        if let to { last = try Self.bound(to, "--to").last }
        guard first <= last else {
            throw ConfigurationError("--to \(to ?? ""): is before --from \(from ?? "")")
        }
    }

    private static func bound(
        _ text: String, _ option: String
    ) throws(ConfigurationError) -> (first: Int64, last: Int64) {
        if let id = TweetID(text) { return (id.rawValue, id.rawValue) }
        guard let time = Timestamp(text) ?? Timestamp("\(text)T00:00:00Z") else {
            throw ConfigurationError(
                "\(option) \(text): expected a tweet id or a time such as 2026-11-22T18:00:00Z")
        }
        let milliseconds = time.milliseconds - TweetID.epoch.milliseconds
        // The year 9999 is beyond the last id.
        let (id, isBeyond) = max(0, milliseconds)
            .multipliedReportingOverflow(by: 1 << Int64(TweetID.bitsBelowTime))
        return isBeyond ? (.max, .max) : (max(1, id), id - 1)
    }

    func contains(_ id: Int64) -> Bool { first <= id && id <= last }

    func overlaps(_ first: Int64, _ last: Int64) -> Bool {
        self.first <= last && first <= self.last
    }

    /// Whether a tweet of the partition may be among them.
    func mayHold(_ partition: Partition) -> Bool {
        guard let lowest = TweetID(first), let highest = TweetID(last) else { return false }
        return lowest.partition <= partition && partition <= highest.partition
    }
}
