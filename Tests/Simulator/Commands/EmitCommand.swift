import ArgumentParser
import Foundation
import Glibc

/// Writes the posts of a world to the standard output, as fast as they are read.
struct EmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emit",
        abstract: "Write the posts, and notices, of a world as NDJSON to the standard output.")

    /// As much as a pipe holds on Linux.
    private static let writeBytes = 65_536

    @OptionGroup var worldOptions: WorldOptions

    @Flag(help: "End lines with CRLF, as the streams do, instead of LF.")
    var crlf = false

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let world = World(worldOptions.settings)
        let start =
            worldOptions.startMilliseconds ?? Int(Date().timeIntervalSince1970 * 1000)
        var builder = ByteBuilder(capacity: Self.writeBytes * 2)
        for position in 0..<world.schedule.count {
            world.writePost(at: position, startMilliseconds: start, into: &builder)
            builder.append(crlf ? "\r\n" : "\n")
            if world.writeNotice(after: position, startMilliseconds: start, into: &builder) {
                builder.append(crlf ? "\r\n" : "\n")
            }
            if builder.count >= Self.writeBytes {
                guard try write(builder.contents) else { return }
                builder.removeAll()
            }
        }
        _ = try write(builder.contents)
    }

    /// False when the reader has seen enough.
    private func write(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        do {
            try LineFile.write(bytes, to: STDOUT_FILENO, subject: "standard output")
            return true
        } catch let failure as Failure where failure.errorNumber == EPIPE {
            return false
        }
    }
}
