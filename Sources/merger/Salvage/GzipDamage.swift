/// A place of a gzip file of which nothing can be had.
struct GzipDamage: Equatable, Encodable, Sendable {
    enum Kind: String, Encodable, Sendable {
        /// No member begins here.
        case notGzip = "not gzip"
        /// A member ends before its end.
        case cutOff = "cut off"
        /// A member does not inflate from here on, or its CRC is wrong.
        case corrupt
        /// A member inflates to more than is believed: a bomb.
        case tooLarge = "inflates to too much"
        /// More places are damaged than are looked at.
        case tooMany = "too many damaged places"
    }

    var kind: Kind
    /// Of the first byte that was not used.
    var offset: Int
    /// Up to the next member, or to the end of the file. None where a member is only cut off.
    var bytes: Int
}

extension GzipDamage: CustomStringConvertible {
    var description: String { "at byte \(offset): \(kind.rawValue), \(bytes) bytes lost" }
}
