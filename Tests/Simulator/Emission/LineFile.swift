import Glibc

/// A file that lines are appended to.
final class LineFile: Sendable {
    private let descriptor: Int32
    private let path: String

    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure.system("truth file \(path): open") }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        try Self.write(bytes, to: descriptor, subject: path)
    }

    func close() throws {
        guard Glibc.close(descriptor) == 0 else {
            throw Failure.system("truth file \(path): close")
        }
    }

    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, subject: String
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw Failure.system("\(subject): write")
            }
            rest = rest.dropFirst(written)
        }
    }
}
