import Shared
import TestSupport
import Testing

@testable import merger

struct PartitionIndexTests {
    private let hour = SmallWorld.hour
    private let segment = SmallWorld.segment(
        "a", [SmallWorld.post(10), .delete(SmallWorld.id(11)), WorldLine.unreadable[0]])

    private func merged(_ body: (MergeSite, String) async throws -> Void) async throws {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([segment.stored()])
            try await site.run()
            try await body(site, site.store.localPath(of: StoreLayout.index(hour)))
        }
    }

    private func sql(_ path: String, _ statement: String) throws {
        _ = try Shell.python(
            """
            import sqlite3
            base = sqlite3.connect("\(path)")
            base.execute("\(statement)")
            base.commit()
            """)
    }

    private func expectRefusal(_ path: String, _ partition: Partition) {
        let error = #expect(throws: DatabaseError.self) {
            try PartitionIndex(path, of: partition)
        }
        #expect(error?.message == "\(path): is not a version 2 index of \(partition)")
        #expect(error?.exitCode == .dataMissing)
    }

    @Test func `an index of another hour is refused`() async throws {
        try await merged { _, path in
            expectRefusal(path, Partition(hoursSince1970: hour.hoursSince1970 + 1))
        }
    }

    @Test(arguments: [
        "PRAGMA application_id = 7", "PRAGMA user_version = 1", "DELETE FROM partition",
        "UPDATE partition SET hour = '2026-11-22T19'",
    ])
    func `a file that is not quite an index is refused`(change: String) async throws {
        try await merged { _, path in
            try sql(path, change)
            expectRefusal(path, hour)
        }
    }

    @Test(arguments: [
        "CREATE TRIGGER g AFTER INSERT ON tweet BEGIN SELECT 1; END",
        "CREATE VIEW extra AS SELECT 1", "CREATE TABLE extra(a)", "CREATE INDEX i ON tweet(zones)",
        "CREATE VIRTUAL TABLE extra USING fts5(a)", "DROP VIEW ledger",
        "DROP TABLE tweet; CREATE VIEW tweet AS SELECT 1 AS id, 1 AS zones",
        "ALTER TABLE tweet ADD COLUMN extra INTEGER",
        "DROP VIEW ledger; CREATE VIEW ledger AS SELECT load_extension('x')",
    ])
    func `an index with another schema is refused before anything of it is read`(
        changes: String
    ) async throws {
        try await merged { _, path in
            for change in changes.split(separator: "; CREATE VIEW").enumerated() {
                try sql(
                    path,
                    change.offset == 0 ? String(change.element) : "CREATE VIEW" + change.element)
            }
            expectRefusal(path, hour)
        }
    }

    /// What a hostile store may put in place of an index, besides the files that are none.
    @Test(arguments: [
        "zone", "segment", "tweet", "divergence", "notice", "deletion", "quarantine", "connection",
        "member", "partition",
    ])
    func `an index with a view in place of a table is refused`(table: String) async throws {
        try await merged { _, path in
            try sql(path, "ALTER TABLE \(table) RENAME TO kept")
            try sql(
                path,
                """
                CREATE VIEW \(table) AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) \
                SELECT x AS hour, x AS name, x AS key FROM n
                """)
            expectRefusal(path, hour)
        }
    }

    @Test func `times of the views are those of Python, whatever the milliseconds`() async throws {
        try await merged { _, path in
            let output = try Shell.python(
                """
                import datetime, random, sqlite3
                base = sqlite3.connect("\(path)")
                dice = random.Random(7)
                times = [dice.randrange(1288834974657, 1900000000000) for _ in range(2000)]
                times += [1795300000000 + ms for ms in range(1000)]
                for number, time in enumerate(times):
                    base.execute("INSERT INTO tweet VALUES (?, 1, 0, 1, 0)",
                                 ((time - 1288834974657 << 22) + number,))
                for identity, text in base.execute("SELECT id, created FROM tweet_readable"):
                    time = (identity >> 22) + 1288834974657
                    moment = datetime.datetime.fromtimestamp(time // 1000, datetime.timezone.utc)
                    wanted = moment.strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % (time % 1000)
                    assert text == wanted, (text, wanted)
                print("equal")
                """)
            #expect(output == Array("equal\n".utf8))
        }
    }

    @Test(arguments: ["'../../etc/passwd'", "'segments/zone=a/../b'", "char(10)", "''"])
    func `a segment whose key is none is corruption, and no path`(key: String) async throws {
        try await merged { _, path in
            try sql(path, "UPDATE segment SET key = \(key)")
            let index = try PartitionIndex(path, of: hour)
            let error = #expect(throws: DatabaseError.self) { try index.segments() }
            #expect(error?.message == "\(path): holds a segment with an invalid name")
            #expect(error?.exitCode == .dataMissing)
        }
    }

    @Test(arguments: ["objectSHA256", "replacesSHA256"])
    func `a digest that is none is corruption`(column: String) async throws {
        try await merged { _, path in
            try sql(path, "UPDATE partition SET \(column) = '../x'")
            let index = try PartitionIndex(path, of: hour)
            let error = #expect(throws: DatabaseError.self) {
                column == "objectSHA256" ? try index.wanted() : try index.replaced()
            }
            #expect(error?.message == "\(path): holds a digest that is none")
        }
    }

    @Test func `a database of somebody else is refused in the same words`() throws {
        try TemporaryDirectory.withFast { directory in
            let path = directory.file("foreign.sqlite")
            try sql(path, "CREATE TABLE other(a)")
            expectRefusal(path, hour)
        }
    }

    @Test(arguments: [
        "UPDATE segment SET key = 'segments/../x'", "UPDATE segment SET key = 'x'",
    ])
    func `a segment with an invalid name is corruption`(change: String) async throws {
        try await merged { _, path in
            try sql(path, change)
            let index = try PartitionIndex(path, of: hour)
            let error = #expect(throws: DatabaseError.self) { try index.segments() }
            #expect(error?.exitCode == .dataMissing)
        }
    }

    @Test(arguments: [
        "UPDATE member SET bytes = -5", "UPDATE member SET offset = -1",
        "UPDATE member SET raw = -9223372036854775808",
        "UPDATE member SET offset = 9223372036854775807",
    ])
    func `a member that cannot be is corruption`(change: String) async throws {
        try await merged { _, path in
            try sql(path, change)
            let index = try PartitionIndex(path, of: hour)
            let error = #expect(throws: DatabaseError.self) { try index.members() }
            #expect(error?.exitCode == .dataMissing)
        }
    }

    @Test(arguments: [
        "UPDATE tweet SET segment = 9", "UPDATE tweet SET segment = -1",
        "UPDATE tweet SET line = 3000000000",
    ])
    func `a tweet in a line that cannot be is corruption`(change: String) async throws {
        try await merged { _, path in
            try sql(path, change)
            let index = try PartitionIndex(path, of: hour)
            let base = try IndexBase(index, segmentNumbers: [0], zoneBits: [0])
            var copies = TweetCopies()
            #expect(throws: DatabaseError.self) { try base.add(to: &copies) }
        }
    }

    @Test func `a zone with an invalid name is corruption`() async throws {
        try await merged { _, path in
            try sql(path, "UPDATE zone SET name = '../x'")
            let index = try PartitionIndex(path, of: hour)
            #expect(throws: DatabaseError.self) { try index.zones() }
        }
    }

    @Test func `rows of segments say what the model says`() async throws {
        try await merged { _, path in
            let row = try #require(try PartitionIndex(path, of: hour).segments().first)
            #expect(row.reference == segment.reference)
            #expect(row.sha256 == (try segment.stored().manifest.object?.sha256))
            #expect(row.received.first == segment.name.start)
            #expect(row.received.last.milliseconds == segment.end)
            #expect([row.records, row.notices, row.quarantined, row.elsewhere] == [1, 1, 1, 0])
            #expect(!row.isExpired)
            #expect(row.isAdded)
        }
    }

    @Test func `Python reads the views that people are shown`() async throws {
        try await merged { site, path in
            let text = String(
                decoding: try Shell.python(
                    """
                    import sqlite3
                    base = sqlite3.connect("\(path)")
                    assert base.execute("PRAGMA application_id").fetchone() == (1416782418,)
                    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                    for view in ["tweet_readable", "zone_set", "divergence_readable",
                                 "notice_readable", "deletion_readable", "quarantine_readable",
                                 "segment_readable", "connection_readable", "member_readable",
                                 "ledger"]:
                        for row in base.execute("SELECT * FROM " + view):
                            print(view, *row, sep="|")
                    """), as: UTF8.self)
            let digest = segment.lines[0].meaning.digest
            guard case .unreadable(let reason) = segment.lines[2].meaning else { return }
            let bytes = try site.bytes(of: StoreLayout.canonical(hour)).count
            let raw = segment.lines[0].bytes.count + 1
            #expect(
                text == """
                    tweet_readable|\(SmallWorld.id(10))|2026-11-22T18:00:10.000Z|a|\(segment.key)|1|\(digest)
                    zone_set|a|1
                    notice_readable|a|delete|\(SmallWorld.id(11))|2026-11-22T18:05:00.000Z|\
                    \(String(decoding: segment.lines[1].bytes, as: UTF8.self))|\(segment.key)|2
                    deletion_readable|\(SmallWorld.id(11))|2026-11-22T18:00:11.000Z|\
                    2026-11-22T18:05:00.000Z|a|\(segment.key)|2|0
                    quarantine_readable|a|\(segment.key)|3|\(reason)|\(segment.lines[2].bytes.count)|\
                    \(String(decoding: segment.lines[2].bytes, as: UTF8.self))
                    segment_readable|0|\(segment.key)|a|2026-11-22T18:00:00.000Z|\
                    2026-11-22T18:05:00.000Z|1|1|1|0|present
                    member_readable|0|0|\(bytes)|\(raw)|1|\(SmallWorld.id(10))|\(SmallWorld.id(10))|\
                    2026-11-22T18:00:10.000Z|2026-11-22T18:00:10.000Z
                    ledger|0|a|\(segment.key)|3|1|0|1|1|0|0

                    """)
        }
    }
}

extension WorldLine.Meaning {
    /// Of a post's body.
    var digest: Int64 {
        guard case .record(_, let body) = self else { return 0 }
        return body.withUnsafeBytes { RecordDigest.of($0) }
    }
}
