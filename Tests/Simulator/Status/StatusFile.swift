import Foundation
import Glibc

/// Keeps the status in a file for whoever watches.
struct StatusFile: Sendable {
    private static let intervalMicroseconds: UInt32 = 50_000

    let path: String
    let services: Services
    /// What the file holds. Locked while it is replaced: its last writer is another thread.
    private let content = Monitor<[UInt8]>([])

    init(path: String, services: Services) {
        self.path = path
        self.services = services
    }

    /// Writes the status whenever it has changed; does not return.
    func run() throws -> Never {
        while true {
            try update()
            usleep(Self.intervalMicroseconds)
        }
    }

    /// Writes the status if it has changed.
    func update() throws {
        try content.access { content in
            let current = HTTPResponse(json: services.status).body + [10]
            guard current != content else { return }
            try AtomicFile.replace(path, with: current)
            content = current
        }
    }
}
