import Shared

/// A local directory for the files of one run, removed at its end.
final class Scratch: Sendable {
    let directory: String
    private let lock: DirectoryLock

    /// - Parameter root: made where it is missing. What dead runs left there is removed.
    init(root: String) throws {
        try LocalDirectory.ensure(root)
        Self.removeLeftovers(in: root)
        directory = "\(root)/\(Self.prefix)\(ListenerInstance.random().hex)"
        try LocalDirectory.ensure(directory)
        guard let lock = try DirectoryLock.acquire(directory) else {
            throw ConfigurationError("\(directory): is in use")
        }
        self.lock = lock
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
