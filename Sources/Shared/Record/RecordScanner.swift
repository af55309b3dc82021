private import CScan

/// Finds out what a line is and the id at its place, without decoding the rest.
///
/// The whole line is checked against the JSON grammar, since a second, different id may stand
/// anywhere. The rules are those of `docs/FORMAT.md`, "Line". Nearly all lines are compact posts,
/// which `CScan` knows at a glance; what every other line is, is found out here.
package struct RecordScanner: Sendable {
    /// Where the id stands; nil for the places of X's streams.
    private let idPointer: JSONPointer?
    private let knowsPosts: Bool

    /// - Parameter isPortable: to read every line by the grammar, as processors do that `CScan` has
    ///   nothing for.
    package init(idPointer: JSONPointer? = nil, isPortable: Bool = false) {
        self.idPointer = idPointer
        knowsPosts = idPointer == nil && !isPortable && cscan_is_supported()
    }

    package func scan(_ line: UnsafeRawBufferPointer) -> ScannedLine {
        guard let base = line.baseAddress else { return .unreadable(.notJSON) }
        return base.withMemoryRebound(to: UInt8.self, capacity: line.count) { base in
            if knowsPosts, let post = knownPost(base, count: line.count) { return post }
            if let idPointer {
                var reading = PointerReading(
                    idPointer, cursor: JSONCursor(base, count: line.count))
                return reading.run(lineBytes: line.count)
            }
            var reading = LineReading(cursor: JSONCursor(base, count: line.count))
            guard reading.readTopLevel() else { return .unreadable(reading.failure) }
            switch reading.result(lineBytes: line.count) {
            case .notice(let kind, _):
                return .notice(kind, id: noticeID(kind, base, count: line.count))
            case let result:
                return result
            }
        }
    }

    private func knownPost(_ base: UnsafePointer<UInt8>, count: Int) -> ScannedLine? {
        var post = cscan_post()
        guard cscan_post_of(base, count, &post), let id = TweetID(post.id) else { return nil }
        return .record(id: id, body: Int(post.body_start)..<Int(post.body_end))
    }

    /// Notices are rare, so the id is looked for in a reading of its own.
    private func noticeID(
        _ kind: NoticeKind, _ base: UnsafePointer<UInt8>, count: Int
    ) -> TweetID? {
        for path in kind.idPaths {
            var cursor = JSONCursor(base, count: count)
            if cursor.descend(path), case .some(.some(let id)) = cursor.idValue(depth: path.count) {
                return id
            }
        }
        return nil
    }
}

/// One reading of one line, and what was seen on the way.
private struct LineReading {
    private var cursor: JSONCursor
    private var isObject = false

    private var id: TweetID?
    private var hasBadID = false
    private var hasDifferentIDs = false
    private var hasTopLevelID = false
    /// `data` was there and not null.
    private var hasData = false
    /// Where `data` was an object: its offsets in the line.
    private var dataObject: Range<Int>?
    private var dataHasID = false
    private var noticeKind: NoticeKind?

    init(cursor: JSONCursor) {
        self.cursor = cursor
    }

    var failure: UnreadableReason { cursor.isTooDeep ? .tooDeep : .notJSON }

    mutating func readTopLevel() -> Bool {
        cursor.skipWhitespace()
        isObject = cursor.byte == UInt8(ascii: "{")
        let isRead = isObject ? readObject(depth: 1) : cursor.skipValue(depth: 0)
        cursor.skipWhitespace()
        return isRead && cursor.isAtEnd
    }

    func result(lineBytes: Int) -> ScannedLine {
        guard isObject else { return .unreadable(.notAnObject) }
        guard hasData || hasTopLevelID else { return .notice(noticeKind ?? .unknown, id: nil) }
        if hasDifferentIDs { return .unreadable(.differentIDs) }
        if hasBadID { return .unreadable(.badID) }
        guard let id, !hasData || dataHasID else { return .unreadable(.noID) }
        return .record(id: id, body: dataObject ?? 0..<lineBytes)
    }

    /// Reads the object at the cursor: the line itself at depth 1, the value of `data` at depth 2.
    private mutating func readObject(depth: Int) -> Bool {
        guard cursor.skip("{") else { return false }
        cursor.skipWhitespace()
        if cursor.skip("}") { return true }
        repeat {
            cursor.skipWhitespace()
            guard let (content, isEscaped) = cursor.string(), cursor.colon() else { return false }
            let key = JSONKey(content, isEscaped: isEscaped, in: cursor)
            guard depth == 1 ? readTopLevelMember(key) : readDataMember(key) else { return false }
            cursor.skipWhitespace()
        } while cursor.skip(",")
        return cursor.skip("}")
    }

    private mutating func readTopLevelMember(_ key: JSONKey) -> Bool {
        if key.isEqual(to: "id") || key.isEqual(to: "id_str") {
            if !isNull { hasTopLevelID = true }
            return readID(depth: 1)
        }
        if key.isEqual(to: "data") { return readData() }
        if noticeKind == nil, id == nil {
            noticeKind = Self.noticeKeys.first { key.isEqual(to: $0.key) }?.kind
        }
        return cursor.skipValue(depth: 1)
    }

    private mutating func readData() -> Bool {
        if !isNull { hasData = true }
        guard cursor.byte == UInt8(ascii: "{") else { return cursor.skipValue(depth: 1) }
        let start = cursor.position
        guard readObject(depth: 2) else { return false }
        dataObject = dataObject ?? start..<cursor.position
        return true
    }

    private mutating func readDataMember(_ key: JSONKey) -> Bool {
        guard key.isEqual(to: "id") else { return cursor.skipValue(depth: 2) }
        if !isNull { dataHasID = true }
        return readID(depth: 2)
    }

    private mutating func readID(depth: Int) -> Bool {
        if isNull { return cursor.skipValue(depth: depth) }
        guard let value = cursor.idValue(depth: depth) else { return false }
        guard let found = value else {
            hasBadID = true
            return true
        }
        if let id, id != found { hasDifferentIDs = true }
        id = found
        return true
    }

    /// Only `null` begins with an n.
    private var isNull: Bool { cursor.byte == UInt8(ascii: "n") }

    private static let noticeKeys: [(key: StaticString, kind: NoticeKind)] = [
        ("delete", .delete), ("scrub_geo", .scrubGeo), ("limit", .limit),
        ("status_withheld", .statusWithheld), ("user_withheld", .userWithheld),
        ("disconnect", .disconnect), ("warning", .warning), ("friends", .friends),
        ("event", .event), ("errors", .errors),
    ]
}
