import Shared
import TestSupport
import Testing

@testable import merger

struct StrangersQueryTests {
    /// Longer than any of these statements takes but those that would never end.
    private static let time = Duration.milliseconds(300)
    /// Enough for every test of this process at once: the limit is one of the whole process. That it
    /// holds is shown by a program of its own, in `test_query.py`.
    private static let memory = ByteCount.gibibytes(4)

    private func with(_ body: (String, TemporaryDirectory) throws -> Void) throws {
        try TemporaryDirectory.withFast { directory in
            let path = directory.file("base.sqlite")
            let database = try Database(path, .create)
            try database.run("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE)")
            try database.run("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
            try body(path, directory)
        }
    }

    private func rows(_ sql: String, _ path: String) throws -> [[DatabaseValue]] {
        let query = try StrangersQuery(sql, over: path, time: Self.time, memory: Self.memory)
        var rows: [[DatabaseValue]] = []
        while let row = try query.next() { rows.append(row) }
        return rows
    }

    @Test(arguments: [
        "SELECT a, b FROM t ORDER BY a DESC", "WITH c AS (SELECT * FROM t) SELECT * FROM c",
        "SELECT a, b FROM t; -- and no more\n", "EXPLAIN QUERY PLAN SELECT * FROM t",
        "SELECT name FROM sqlite_schema", "SELECT name FROM pragma_table_info('t')",
        "PRAGMA table_info(t)", "SELECT value FROM json_each('[1, 2]')",
        "SELECT count(*) OVER (), sum(a) FROM t GROUP BY b", "VALUES (1), (2)",
        "SELECT a FROM t WHERE b LIKE '%x%' OR b GLOB 'y*'",
    ])
    func `what only reads is answered`(sql: String) throws {
        try with { path, _ in
            let rows = try rows(sql, path)
            #expect(!rows.isEmpty)
        }
    }

    @Test(arguments: [
        "INSERT INTO t VALUES (3, 'z')", "DELETE FROM t", "UPDATE t SET b = 'z'",
        "WITH c AS (SELECT 1) INSERT INTO t SELECT 3, 'z'", "REPLACE INTO t VALUES (1, 'z')",
        "INSERT INTO t VALUES (3, 'z') RETURNING a", "DROP TABLE t", "CREATE TABLE u(a)",
        "CREATE TEMP TABLE u(a)", "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE f USING fts5(a)", "ALTER TABLE t RENAME TO u", "REINDEX", "ANALYZE",
        "VACUUM", "VACUUM INTO 'out.sqlite'", "ATTACH 'out.sqlite' AS o", "ATTACH ':memory:' AS o",
        "DETACH main", "BEGIN", "COMMIT", "SAVEPOINT s", "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON", "PRAGMA journal_mode = DELETE", "PRAGMA temp_store = FILE",
        "PRAGMA hard_heap_limit = 0", "PRAGMA user_version", "PRAGMA mmap_size = 1000000000000",
        "SELECT * FROM pragma_user_version", "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('simple')", "SELECT 1; SELECT 2", "SELECT 1; DELETE FROM t", "", ";",
        "-- nothing", "SELECT readfile('/etc/passwd')", "SELECT writefile('x', 'y')",
        "SELECT edit('x')", "SELECT * FROM fsdir('/')",
    ])
    func `anything else is refused, and nothing is written`(sql: String) throws {
        try with { path, directory in
            let before = try LocalFile.contents(of: path)
            let names = try directory.names()
            #expect(throws: DatabaseError.self) { try rows(sql, path) }
            #expect(try LocalFile.contents(of: path) == before)
            #expect(try directory.names() == names)
        }
    }

    private static let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "

    @Test(arguments: [
        endless + "SELECT count(*) FROM n", endless + "SELECT 1 FROM n WHERE x < 0",
        "SELECT (\(endless)SELECT max(x) FROM n)", endless + "SELECT x FROM n WHERE x % 1000 = 0",
    ])
    func `what never ends is ended when its time is over`(sql: String) throws {
        try with { path, _ in
            let clock = ContinuousClock()
            let start = clock.now
            let error = #expect(throws: DatabaseError.self) { try rows(sql, path) }
            #expect(
                error?.message.contains("ran longer than") == true, "\(String(describing: error))")
            #expect(start.duration(to: clock.now) < .seconds(20))
        }
    }

    @Test func `time in which the rows wait for their reader does not count`() throws {
        try with { path, _ in
            let time = Duration.milliseconds(100)
            let query = try StrangersQuery(
                "SELECT a FROM t", over: path, time: time, memory: Self.memory)
            let clock = ContinuousClock()
            #expect(try query.next() == [.integer(1)])
            let pause = clock.now
            while pause.duration(to: clock.now) < time + .milliseconds(50) {}
            #expect(try query.next() == [.integer(2)])
            #expect(try query.next() == nil)
        }
    }

    @Test(arguments: [
        "SELECT zeroblob(100000000)",
        "SELECT group_concat(b, zeroblob(30000000)) FROM (SELECT b FROM t UNION ALL SELECT b FROM t)",
        "SELECT replace(hex(zeroblob(8000000)), '0', '00000000')",
    ])
    func `a value cannot be larger than the limit`(sql: String) throws {
        try with { path, _ in
            let error = #expect(throws: DatabaseError.self) { try rows(sql, path) }
            // SQLITE_TOOBIG
            #expect(error?.code == 18, "\(String(describing: error))")
        }
    }

    @Test(arguments: ["'\(String(repeating: "%0", count: 40))'", "printf('%.*c', 70, '_')"])
    func `a pattern that asks for too much is refused`(pattern: String) throws {
        try with { path, _ in
            #expect(throws: DatabaseError.self) {
                try rows("SELECT hex(zeroblob(1000)) LIKE \(pattern)", path)
            }
        }
    }
}
