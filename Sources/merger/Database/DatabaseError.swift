import Shared

/// A failure of SQLite.
struct DatabaseError: OperatorError {
    /// The extended result code: https://www.sqlite.org/rescode.html
    var code: Int32
    var message: String
    var cause: (any Error)? { nil }
    var disposition: Disposition { .halt }

    var exitCode: ExitCode { isCorrupt ? .dataMissing : .failed }

    /// SQLITE_CORRUPT and SQLITE_NOTADB.
    var isCorrupt: Bool { [11, 26].contains(code & 0xFF) }
}
