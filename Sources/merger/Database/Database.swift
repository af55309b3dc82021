private import CSQLite
import Shared

/// One connection to an SQLite file. Used by one task at a time.
final class Database {
    enum Mode {
        /// A new file that nobody else sees; lost as a whole if the process dies, so that nothing is
        /// gained by a journal.
        case create
        /// A copy of one's own that is lost as a whole, too.
        case update
        /// The file does not change: no locks, no schema tricks.
        case readOnly
    }

    let path: String
    let handle: OpaquePointer

    init(_ path: String, _ mode: Mode) throws(DatabaseError) {
        self.path = path
        var handle: OpaquePointer?
        let status = sqlite3_open_v2(Self.address(path, mode), &handle, Self.flags(mode), nil)
        guard status == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw DatabaseError(
                code: status, message: "\(path): \(String(cString: sqlite3_errstr(status)))")
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
        // Whoever is distrustful cannot turn the journal off.
        if mode != .readOnly { try prepareForBulk() }
        try distrust()
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    private static func flags(_ mode: Mode) -> Int32 {
        switch mode {
        case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        case .update: SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        case .readOnly: SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
        }
    }

    private static func address(_ path: String, _ mode: Mode) -> String {
        switch mode {
        case .create, .update: path
        case .readOnly: "file:\(PercentEncoding.encode(path, keeping: "/"))?immutable=1"
        }
    }

    /// A file from a store may be hostile: its schema gets no functions and cannot corrupt it.
    private func distrust() throws(DatabaseError) {
        _ = csqlite_db_config_flag(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = csqlite_db_config_flag(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        try run("PRAGMA cell_size_check = ON")
    }

    private func prepareForBulk() throws(DatabaseError) {
        try run("PRAGMA journal_mode = OFF")
        try run("PRAGMA synchronous = OFF")
        try run("PRAGMA locking_mode = EXCLUSIVE")
        try run("PRAGMA cache_size = -65536")
    }

    /// Runs statements that return nothing of interest.
    func run(_ sql: String) throws(DatabaseError) {
        let status = sqlite3_exec(handle, sql, nil, nil, nil)
        guard status == SQLITE_OK else { throw failure(status, sql) }
    }

    /// Adds the tables of another file under a name of their own.
    func attach(_ path: String, as name: String) throws(DatabaseError) {
        let statement = try prepare("ATTACH ? AS \(name)")
        statement.bind(1, path)
        try statement.run()
    }

    func prepare(_ sql: String) throws(DatabaseError) -> Statement {
        try Statement(self, sql)
    }

    /// Prepares the one statement that a stranger may have written.
    ///
    /// - Throws: also where there is none, where another one follows, or where it would write.
    func prepareOnly(_ sql: String) throws(DatabaseError) -> Statement {
        var (statement, isLast) = (OpaquePointer?.none, false)
        let status = sql.withCString { start in
            var rest: UnsafePointer<CChar>?
            let status = sqlite3_prepare_v3(handle, start, -1, 0, &statement, &rest)
            guard status == SQLITE_OK, let rest else { return status }
            var other: OpaquePointer?
            let otherStatus = sqlite3_prepare_v3(handle, rest, -1, 0, &other, nil)
            isLast = otherStatus == SQLITE_OK && other == nil
            sqlite3_finalize(other)
            return status
        }
        guard status == SQLITE_OK else { throw failure(status, sql) }
        guard let statement, isLast, sqlite3_stmt_readonly(statement) != 0 else {
            sqlite3_finalize(statement)
            throw DatabaseError(
                code: SQLITE_AUTH, message: "\(sql): is not one statement that only reads")
        }
        return Statement(self, statement, sql)
    }

    /// The first column of the first row; nil where there is no row or it is null.
    func integer(_ sql: String) throws(DatabaseError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.optionalInteger(0) : nil
    }

    func failure(_ status: Int32, _ sql: String) -> DatabaseError {
        DatabaseError(
            code: status,
            message: "\(path): \(String(cString: sqlite3_errmsg(handle))): \(sql)")
    }
}

/// A prepared statement. Bindings and columns are counted from 1 and from 0, as SQLite counts them.
final class Statement {
    private let database: Database
    private let handle: OpaquePointer
    private let sql: String

    fileprivate init(_ database: Database, _ sql: String) throws(DatabaseError) {
        var handle: OpaquePointer?
        let status = sqlite3_prepare_v3(
            database.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard status == SQLITE_OK, let handle else { throw database.failure(status, sql) }
        self.database = database
        self.handle = handle
        self.sql = sql
    }

    fileprivate init(_ database: Database, _ handle: OpaquePointer, _ sql: String) {
        self.database = database
        self.handle = handle
        self.sql = sql
    }

    deinit {
        sqlite3_finalize(handle)
    }

    // MARK: Running

    /// Moves to the next row.
    ///
    /// - Returns: false behind the last one.
    func step() throws(DatabaseError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let status: throw database.failure(status, sql)
        }
    }

    /// Runs a statement that returns no rows, and makes it ready for the next values.
    func run() throws(DatabaseError) {
        let hasRow = try step()
        assert(!hasRow, "\(sql) returns rows")
        reset()
    }

    /// Makes the statement ready to run again; the bindings stay.
    func reset() {
        sqlite3_reset(handle)
    }

    // MARK: Values in

    func bind(_ index: Int32, _ value: Int64) {
        check(sqlite3_bind_int64(handle, index, value))
    }

    func bind(_ index: Int32, _ value: Int) {
        bind(index, Int64(value))
    }

    func bind(_ index: Int32, _ value: Int64?) {
        guard let value else { return bindNull(index) }
        bind(index, value)
    }

    func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bindText(index, UnsafeRawBufferPointer(bytes))
        }
    }

    func bind(_ index: Int32, _ text: String?) {
        guard let text else { return bindNull(index) }
        bind(index, text)
    }

    /// Bytes that should be UTF-8, with an explicit length, since they may hold NUL.
    func bindText(_ index: Int32, _ bytes: UnsafeRawBufferPointer) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        check(csqlite_bind_text(handle, index, start, Int32(bytes.count)))
    }

    func bindBytes(_ index: Int32, _ bytes: UnsafeRawBufferPointer) {
        check(csqlite_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count)))
    }

    /// Binds a column of another statement's row, counted from 0, to the parameter one higher.
    func copy(_ column: Int32, of row: Statement) {
        check(sqlite3_bind_value(handle, column + 1, sqlite3_column_value(row.handle, column)))
    }

    private func bindNull(_ index: Int32) {
        check(sqlite3_bind_null(handle, index))
    }

    private func check(_ status: Int32) {
        precondition(status == SQLITE_OK, "cannot bind a value of \(sql): status \(status)")
    }

    // MARK: Values out

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func optionalInteger(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : integer(column)
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    func optionalText(_ column: Int32) -> String? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : text(column)
    }

    /// Of a text or blob.
    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func value(_ column: Int32) -> DatabaseValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(sqlite3_column_double(handle, column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .bytes(bytes(column))
        default: .null
        }
    }

    var columnCount: Int32 { sqlite3_column_count(handle) }

    func columnName(_ column: Int32) -> String {
        String(cString: sqlite3_column_name(handle, column))
    }
}
