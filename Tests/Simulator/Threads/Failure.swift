import Glibc

/// A failure in words a person can act on.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }

    /// A failed system call, with what errno says.
    static func system(_ subject: String) -> Failure {
        Failure("\(subject): \(String(cString: strerror(errno)))")
    }
}
