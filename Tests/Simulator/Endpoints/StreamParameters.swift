/// Checks the query of a v2 stream.
struct StreamParameters {
    static let backfillMinutesMax = 5
    private static let fieldLists: Set<String> = [
        "tweet.fields", "expansions", "media.fields", "poll.fields", "user.fields",
        "place.fields",
    ]
    private static let recovery: Set<String> = ["start_time", "end_time"]

    let backfillMinutes: Int

    /// - Parameter allowsBackfill: whether the zone's account has it.
    /// - Parameter allowsRecovery: whether the endpoint knows a start and an end.
    init(
        _ query: [FormField], allowsBackfill: Bool, allowsRecovery: Bool
    ) throws(InvalidParameter) {
        var seen: Set<String> = []
        var minutes = 0
        for field in query {
            func refuse(_ message: String) -> InvalidParameter {
                InvalidParameter(field: field, message: message)
            }
            guard seen.insert(field.name).inserted else { throw refuse("given twice") }
            if field.name == "backfill_minutes" {
                guard let number = Int(field.value), 0...Self.backfillMinutesMax ~= number else {
                    throw refuse(
                        "The `backfill_minutes` query parameter value [\(field.value)] is not "
                            + "between 0 and \(Self.backfillMinutesMax)")
                }
                guard number == 0 || allowsBackfill else {
                    throw refuse("`backfill_minutes` is not available at this access level")
                }
                minutes = number
            } else if Self.fieldLists.contains(field.name) {
                let items = field.value.split(separator: ",", omittingEmptySubsequences: false)
                let isSound = items.allSatisfy { item in
                    !item.isEmpty && item.utf8.allSatisfy { Self.isNameByte($0) }
                }
                guard isSound, Set(items).count == items.count else {
                    throw refuse("not a list of unique field names")
                }
            } else if allowsRecovery, Self.recovery.contains(field.name) {
                throw refuse("`\(field.name)` is not available at this access level")
            } else {
                throw refuse("The query parameter [\(field.name)] is not one of those known")
            }
        }
        backfillMinutes = minutes
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".")
    }
}
