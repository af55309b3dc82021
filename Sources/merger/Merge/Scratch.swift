import Shared

/// A local directory for the files of one run, removed at its end.
final class Scratch: Sendable {
    let directory: String
    private let lock: DirectoryLock

    /// A new one whose lock somebody else took is given up for another.
    private static let attemptsMax = 10

    /// - Parameter root: made where it is missing. What dead runs left there is removed.
    init(root: String) throws {
        try LocalDirectory.ensure(root)
        Self.removeLeftovers(in: root)
        for _ in 0..<Self.attemptsMax {
            let directory = "\(root)/\(Self.prefix)\(ListenerInstance.random().hex)"
            try LocalDirectory.ensure(directory)
            // Before it is locked it looks like a leftover to whoever begins at the same moment.
            if let lock = try? DirectoryLock.acquire(directory), LocalDirectory.exists(directory) {
                self.directory = directory
                self.lock = lock
                return
            }
        }
        throw ConfigurationError("\(root): others remove what is made there")
    }

    deinit {
        Self.remove(directory)
    }

    private static let prefix = "scratch-"

    private static func removeLeftovers(in root: String) {
        for entry in (try? LocalDirectory.list(root)) ?? [] where entry.name.hasPrefix(prefix) {
            let path = "\(root)/\(entry.name)"
            if let lock = try? DirectoryLock.acquire(path) {
                remove(path)
                withExtendedLifetime(lock) {}
            }
        }
    }

    private static func remove(_ directory: String) {
        for entry in (try? LocalDirectory.list(directory)) ?? [] {
            try? LocalDirectory.remove("\(directory)/\(entry.name)")
        }
        LocalDirectory.removeIfEmpty(directory)
    }
}
