import Glibc

/// A failure in words a person can act on.
struct Failure: Error, CustomStringConvertible {
    var description: String
    /// The errno of a system call that failed.
    var errorNumber: Int32?

    init(_ description: String, errorNumber: Int32? = nil) {
        self.description = description
        self.errorNumber = errorNumber
    }

    /// A failed system call, with what errno says.
    static func system(_ subject: String) -> Failure {
        let number = errno
        return Failure(
            "\(subject): \(String(cString: strerror(number)))", errorNumber: number)
    }
}
