private import Glibc

/// A failure of the local disk.
package struct LocalFileError: OperatorError {
    package enum Code: Equatable, Sendable {
        case notFound
        case exists
        case noSpace
        case readOnly
        case denied
        /// Anything else, such as `EIO`: the number of `errno`.
        case system(Int32)
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)? { nil }
    package var disposition: Disposition { .halt }

    /// The disk does not return what was written there, now or later.
    package var isOfMedium: Bool { code == .system(EIO) }

    /// Words the error that the C library left in `errno` after `operation` on `path`.
    static func last(_ operation: String, _ path: String) -> LocalFileError {
        let number = errno
        let reason = String(cString: strerror(number))
        let code: Code =
            switch number {
            case ENOENT: .notFound
            case EEXIST: .exists
            case ENOSPC, EDQUOT: .noSpace
            case EROFS: .readOnly
            case EACCES, EPERM: .denied
            default: .system(number)
            }
        return LocalFileError(
            code: code, message: "\(path): cannot \(operation): \(reason)\(advice(code))")
    }

    private static func advice(_ code: Code) -> String {
        switch code {
        case .noSpace: ": free some space, or move it to a larger disk"
        case .readOnly: ": mount it writable"
        case .denied: ": check its owner and mode"
        case .system(EIO): ": the disk may be failing: look at the kernel's log, and move it"
        case .notFound, .exists, .system: ""
        }
    }
}
