/// What a line of the stream is, by its top level alone.
package enum ScannedLine: Equatable, Sendable {
    /// A post. Copies with equal bytes in `body`, offsets into the line, mean the same.
    case record(id: TweetID, body: Range<Int>)
    /// A JSON object that is not a post, and the id it speaks of, if any.
    case notice(NoticeKind, id: TweetID?)
    case unreadable(UnreadableReason)
}

/// Named after the key by which a notice is recognised. The raw values are stored in indexes.
package enum NoticeKind: String, CaseIterable, Sendable {
    case delete
    case scrubGeo = "scrub_geo"
    case limit
    case statusWithheld = "status_withheld"
    case userWithheld = "user_withheld"
    case disconnect
    case warning
    case friends
    case event
    case errors
    case unknown

    /// Where the id that the notice speaks of stands, as keys from the top, in order of preference.
    var idPaths: [[StaticString]] {
        switch self {
        case .delete: [["delete", "status", "id_str"], ["delete", "status", "id"]]
        case .scrubGeo:
            [["scrub_geo", "up_to_status_id_str"], ["scrub_geo", "up_to_status_id"]]
        case .statusWithheld: [["status_withheld", "id"]]
        case .limit, .userWithheld, .disconnect, .warning, .friends, .event, .errors, .unknown: []
        }
    }
}

/// Why a line could not be read. The raw values are stored in indexes and shown to people.
package enum UnreadableReason: String, CaseIterable, Sendable {
    case notJSON = "not JSON"
    case notAnObject = "not a JSON object"
    case tooDeep = "nested too deep"
    case noID = "no id at its place"
    case badID = "an id that is not a decimal from 1 to 2^63 - 1"
    case differentIDs = "two different ids"
    case implausibleID = "implausible id"
}
