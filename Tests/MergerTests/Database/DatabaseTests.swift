import Shared
import TestSupport
import Testing

@testable import merger

struct DatabaseTests {
    private func with(_ body: (Database, TemporaryDirectory) throws -> Void) throws {
        try TemporaryDirectory.withFast { directory in
            try body(try Database(directory.file("a?b#c%41.sqlite"), .create), directory)
        }
    }

    private func bind(_ bytes: [UInt8], _ statement: Statement, asText: Bool) {
        bytes.withUnsafeBytes {
            asText ? statement.bindText(1, $0) : statement.bindBytes(1, $0)
        }
    }

    @Test func `integers, texts and nulls come out as they went in`() throws {
        try with { database, _ in
            try database.run("CREATE TABLE t(a INTEGER, b TEXT, c INTEGER, d TEXT) STRICT")
            let insert = try database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
            for value in [Int64.min, -1, 0, Int64.max] {
                insert.bind(1, value)
                insert.bind(2, "é \(value)")
                insert.bind(3, nil as Int64?)
                insert.bind(4, nil as String?)
                try insert.run()
            }
            let rows = try database.prepare("SELECT a, b, c, d FROM t ORDER BY a")
            for value in [Int64.min, -1, 0, Int64.max] {
                #expect(try rows.step())
                #expect(rows.integer(0) == value)
                #expect(rows.text(1) == "é \(value)")
                #expect(rows.optionalInteger(2) == nil)
                #expect(rows.optionalText(3) == nil)
                #expect(rows.optionalText(1) == "é \(value)")
            }
            #expect(try !rows.step())
            #expect(rows.columnCount == 4)
            #expect(rows.columnName(3) == "d")
        }
    }

    @Test(arguments: [[], [0], [0, 1, 0], Array("a\0b".utf8), [0xFF, 0xC3]], [true, false])
    func `bytes come out as they went in, whatever they are`(bytes: [UInt8], asText: Bool) throws {
        try with { database, _ in
            try database.run("CREATE TABLE t(a ANY) STRICT")
            let insert = try database.prepare("INSERT INTO t VALUES (?)")
            bind(bytes, insert, asText: asText)
            try insert.run()
            let rows = try database.prepare("SELECT a, typeof(a) FROM t")
            #expect(try rows.step())
            #expect(rows.bytes(0) == bytes)
            #expect(rows.text(1) == (asText ? "text" : "blob"))
        }
    }

    @Test func `copying a row keeps the type of each value`() throws {
        try with { database, _ in
            try database.run("CREATE TABLE t(a ANY, b ANY, c ANY, d ANY) STRICT")
            try database.run("INSERT INTO t VALUES (NULL, 7, 'x', x'00ff')")
            let rows = try database.prepare("SELECT a, b, c, d FROM t")
            let insert = try database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
            #expect(try rows.step())
            for column in 0..<rows.columnCount { insert.copy(column, of: rows) }
            try insert.run()
            let distinct = "SELECT count(*) FROM (SELECT DISTINCT * FROM t)"
            #expect(try database.integer(distinct) == 1)
            #expect(try database.integer("SELECT count(*) FROM t") == 2)
        }
    }

    @Test func `integer is nil without a row and for a null`() throws {
        try with { database, _ in
            let values = try ["SELECT 1 WHERE 0", "SELECT NULL", "SELECT 9, 8"].map {
                try database.integer($0)
            }
            #expect(values == [nil, nil, 9])
        }
    }

    @Test func `an error names the file, the statement and SQLite's reason`() throws {
        try with { database, _ in
            let error = #expect(throws: DatabaseError.self) {
                try database.run("SELECT * FROM missing")
            }
            let message = try #require(error).message
            #expect(
                message == "\(database.path): no such table: missing: SELECT * FROM missing")
            #expect(error?.exitCode == .failed)
        }
    }

    @Test func `a violated constraint fails with its extended code`() throws {
        try with { database, _ in
            try database.run("CREATE TABLE t(a INTEGER PRIMARY KEY)")
            try database.run("INSERT INTO t VALUES (1)")
            let insert = try database.prepare("INSERT INTO t VALUES (?)")
            insert.bind(1, 1)
            // SQLITE_CONSTRAINT_PRIMARYKEY
            #expect(throws: DatabaseError.self) { try insert.run() }
            let error = #expect(throws: DatabaseError.self) {
                try database.run("INSERT INTO t VALUES (1)")
            }
            #expect(error?.code == 1555)
        }
    }

    @Test func `a file is found whatever its name holds, and not written when only read`() throws {
        try with { database, _ in
            try database.run("CREATE TABLE t(a)")
            let reader = try Database(database.path, .readOnly)
            #expect(try reader.integer("SELECT count(*) FROM t") == 0)
            #expect(throws: DatabaseError.self) { try reader.run("INSERT INTO t VALUES (1)") }
        }
    }

    @Test func `a missing file is not made by reading`() throws {
        try TemporaryDirectory.withFast { directory throws in
            #expect(throws: DatabaseError.self) {
                try Database(directory.file("none"), .readOnly)
            }
            #expect(try directory.names().isEmpty)
        }
    }

    @Test func `a file that is no database is corrupt, and that is exit code 12`() throws {
        try TemporaryDirectory.withFast { directory in
            try directory.write(Array(String(repeating: "no database ", count: 99).utf8), to: "x")
            let error = #expect(throws: DatabaseError.self) {
                try Database(directory.file("x"), .readOnly).integer("SELECT 1 FROM sqlite_schema")
            }
            #expect(error?.isCorrupt == true)
            #expect(error?.exitCode == .dataMissing)
        }
    }

    @Test func `a hostile schema cannot be changed by hand`() throws {
        try with { database, _ in
            try database.run("PRAGMA writable_schema = ON")
            #expect(throws: DatabaseError.self) {
                try database.run("UPDATE sqlite_schema SET sql = 'x'")
            }
        }
    }
}
