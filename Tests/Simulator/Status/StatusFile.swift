import Foundation
import Glibc

/// Keeps the status in a file for whoever watches.
struct StatusFile: Sendable {
    private static let intervalMicroseconds: UInt32 = 50_000

    let path: String
    let services: Services

    /// Writes the status whenever it has changed; does not return.
    func run() throws -> Never {
        var last: [UInt8] = []
        while true {
            let current = HTTPResponse(json: services.status).body
            if current != last {
                try AtomicFile.replace(path, with: current + [10])
                last = current
            }
            usleep(Self.intervalMicroseconds)
        }
    }
}
