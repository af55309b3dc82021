private import CSQLite
import Shared

/// One statement of a stranger, run over one database file that it may only read.
final class StrangersQuery {
    private let confinement: Confinement
    private let statement: Statement
    private let time: Duration
    private let memory: ByteCount

    /// - Throws: where `sql` is not one statement that only reads, or asks for what it may not.
    init(_ sql: String, over path: String, time: Duration, memory: ByteCount) throws(DatabaseError)
    {
        self.time = time
        self.memory = memory
        let database = try Database(path, .readOnly)
        confinement = Confinement(time: time)
        try confinement.confine(database, memory: memory)
        statement = try database.prepareOnly(sql)
    }

    var columns: [String] { (0..<statement.columnCount).map(statement.columnName) }

    /// The next row; nil behind the last one.
    func next() throws(DatabaseError) -> [DatabaseValue]? {
        do {
            guard try confinement.step(statement) else { return nil }
        } catch {
            throw explained(error)
        }
        return (0..<statement.columnCount).map(statement.value)
    }

    private func explained(_ error: DatabaseError) -> DatabaseError {
        switch error.code & 0xFF {
        case SQLITE_INTERRUPT where confinement.isOutOfTime:
            DatabaseError(
                code: error.code,
                message: "sql: ran longer than \(time): ask for less, or give it more --timeout")
        case SQLITE_NOMEM:
            DatabaseError(
                code: error.code,
                message: "sql: needs more than \(memory): ask for less, or give it more --memory")
        default: error
        }
    }

    /// Ends the process where a function of the statement cannot be stopped otherwise.
    func armWatchdog() { confinement.armWatchdog() }

    /// While output waits for its reader no time counts.
    func disarmWatchdog() { confinement.disarmWatchdog() }
}
