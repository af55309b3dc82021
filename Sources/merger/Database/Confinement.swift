private import CSQLite
private import Glibc
import Shared

/// What SQL of a stranger may do: read one database, for so long, with so much memory.
///
/// Three layers, since each alone has had holes: the file is open for reading only; an authorizer
/// lets through what reads and refuses everything else by its kind; limits bound what reading may cost.
/// https://www.sqlite.org/security.html
final class Confinement {
    /// Time that SQLite may work on the statement.
    let time: Duration
    private let clock = ContinuousClock()
    private var spent = Duration.zero
    private var stepStart: ContinuousClock.Instant?
    private(set) var isOutOfTime = false

    init(time: Duration) {
        self.time = time
    }

    /// How often the time is looked at: instructions of SQLite's machine, some microseconds.
    private static let instructionsBetweenLooks: Int32 = 10_000

    /// Values and rows may have so many bytes: the longest quarantined line, as hexadecimal digits.
    private static let valueBytesMax: Int32 = 32 << 20

    /// One call of a function cannot be stopped, so that a pattern may not ask for much: each of its
    /// bytes may be compared with each of a text.
    private static let patternBytesMax: Int32 = 64

    private static let limits: [(Int32, Int32)] = [
        (SQLITE_LIMIT_LENGTH, valueBytesMax), (SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (SQLITE_LIMIT_COLUMN, 500), (SQLITE_LIMIT_EXPR_DEPTH, 200),
        (SQLITE_LIMIT_COMPOUND_SELECT, 50), (SQLITE_LIMIT_VDBE_OP, 100_000),
        (SQLITE_LIMIT_FUNCTION_ARG, 100), (SQLITE_LIMIT_ATTACHED, 0),
        (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, patternBytesMax), (SQLITE_LIMIT_VARIABLE_NUMBER, 10),
        (SQLITE_LIMIT_TRIGGER_DEPTH, 1), (SQLITE_LIMIT_WORKER_THREADS, 0),
    ]

    /// Binds a connection, for good. The confinement must live as long as it.
    ///
    /// - Parameter memory: what all of SQLite in this process may use. Nothing goes to temporary files.
    func confine(_ database: Database, memory: ByteCount) throws(DatabaseError) {
        try database.run("PRAGMA temp_store = MEMORY")
        try database.run("PRAGMA query_only = ON")
        // They declare a table when they are first used, which the authorizer would refuse.
        for function in Self.tableFunctions {
            try database.run("SELECT 1 FROM \(function) LIMIT 0")
        }
        for (limit, value) in Self.limits { sqlite3_limit(database.handle, limit, value) }
        sqlite3_hard_heap_limit64(Int64(memory.bytes))
        sqlite3_progress_handler(
            database.handle, Self.instructionsBetweenLooks,
            { context in
                guard let context else { return 1 }
                return Unmanaged<Confinement>.fromOpaque(context).takeUnretainedValue().look()
            }, Unmanaged.passUnretained(self).toOpaque())
        sqlite3_set_authorizer(
            database.handle,
            { _, action, first, second, _, _ in
                Confinement.isHarmless(
                    action, first.map { String(cString: $0) }, second.map { String(cString: $0) })
                    ? SQLITE_OK : SQLITE_DENY
            }, nil)
    }

    /// Pragmas that describe a schema. With an argument they still do no more.
    private static let pragmas: Set<String> = ["table_info", "table_xinfo", "table_list"]

    /// Functions that stand in the place of a table.
    private static let tableFunctions = [
        "json_each", "json_tree", "pragma_table_info", "pragma_table_xinfo", "pragma_table_list",
    ]

    private static let functionsRefused: Set<String> = ["load_extension", "fts3_tokenizer"]

    private static func isHarmless(_ action: Int32, _ first: String?, _ second: String?) -> Bool {
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: true
        case SQLITE_FUNCTION: second.map { !functionsRefused.contains($0.lowercased()) } ?? false
        case SQLITE_PRAGMA: first.map { pragmas.contains($0.lowercased()) } ?? false
        default: false
        }
    }

    // MARK: Time

    /// Runs a step of the statement against the time that is left.
    func step(_ statement: Statement) throws(DatabaseError) -> Bool {
        stepStart = clock.now
        defer {
            spent += stepStart?.duration(to: clock.now) ?? .zero
            stepStart = nil
        }
        return try statement.step()
    }

    private func look() -> Int32 {
        let now = spent + (stepStart?.duration(to: clock.now) ?? .zero)
        if now > time { isOutOfTime = true }
        return isOutOfTime ? 1 : 0
    }

    /// How long a single call of a function may go on after the time is over.
    private static let grace = Duration.seconds(3)

    /// Ends the process where even that is too long: a function that SQLite cannot interrupt.
    func armWatchdog() {
        signal(SIGALRM) { _ in
            let text: StaticString = "sql: one function ran longer than --timeout allows: ended\n"
            _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
            _exit(ExitCode.failed.rawValue)
        }
        alarm(UInt32((time + Self.grace).components.seconds))
    }

    /// While output waits for its reader no time counts.
    func disarmWatchdog() {
        alarm(0)
    }
}
