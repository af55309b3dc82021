package import Shared
import Synchronization

/// A store that does what a test says before or in place of a call, and keeps a log of the calls.
package final class InterferingStore: ObjectStore {
    package struct Call: Equatable, Sendable, CustomStringConvertible {
        package enum Kind: String, Sendable {
            case put, get, fetch, head, list, delete
        }

        package var kind: Kind
        /// A key, or the prefix of a listing.
        package var path: String
        /// Of a get of a part.
        package var range: Range<Int>?

        package var description: String { "\(kind.rawValue) \(path)" }

        package func isPut(under prefix: String) -> Bool { kind == .put && path.hasPrefix(prefix) }
    }

    package enum Interference: Sendable {
        case none
        /// The call fails and nothing happens.
        case refuse(ObjectStoreError.Code)
        /// The call is carried out, and its reply is lost.
        case loseReply
    }

    private let inner: any ObjectStore
    private let decide: @Sendable (Call) async -> Interference
    private let log = Mutex<[Call]>([])
    private let faults = Mutex(0)

    package init(
        _ inner: any ObjectStore, _ decide: @escaping @Sendable (Call) async -> Interference
    ) {
        self.inner = inner
        self.decide = decide
    }

    package var name: String { inner.name }

    package var calls: [Call] { log.withLock { $0 } }

    /// How many calls did not end as they would have by themselves.
    package var faultCount: Int { faults.withLock { $0 } }

    private func interfere<Value: Sendable>(
        _ kind: Call.Kind, _ path: String, _ range: Range<Int>? = nil,
        _ body: () async throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        let call = Call(kind: kind, path: path, range: range)
        log.withLock { $0.append(call) }
        switch await decide(call) {
        case .none:
            return try await body()
        case .refuse(let code):
            faults.withLock { $0 += 1 }
            throw ObjectStoreError(code, "\(name): \(path): the test refused it")
        case .loseReply:
            faults.withLock { $0 += 1 }
            _ = try await body()
            throw ObjectStoreError(.unavailable, "\(name): \(path): the test lost the reply")
        }
    }

    package func put(
        _ body: ObjectBody, at key: ObjectKey, if condition: WriteCondition
    ) async throws(ObjectStoreError) -> StoredObject {
        try await interfere(.put, key.path) { () async throws(ObjectStoreError) in
            try await inner.put(body, at: key, if: condition)
        }
    }

    package func get(
        _ key: ObjectKey, range: Range<Int>?, matching etag: ETag?
    ) async throws(ObjectStoreError) -> ObjectContent {
        try await interfere(.get, key.path, range) { () async throws(ObjectStoreError) in
            try await inner.get(key, range: range, matching: etag)
        }
    }

    package func fetch(
        _ key: ObjectKey, to path: String
    ) async throws(ObjectStoreError) -> StoredObject {
        try await interfere(.fetch, key.path) { () async throws(ObjectStoreError) in
            try await inner.fetch(key, to: path)
        }
    }

    package func head(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject? {
        try await interfere(.head, key.path) { () async throws(ObjectStoreError) in
            try await inner.head(key)
        }
    }

    package func list(
        _ prefix: String, after: ObjectKey?
    ) async throws(ObjectStoreError) -> ObjectPage {
        try await interfere(.list, prefix) { () async throws(ObjectStoreError) in
            try await inner.list(prefix, after: after)
        }
    }

    package func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        try await interfere(.delete, key.path) { () async throws(ObjectStoreError) in
            try await inner.delete(key)
        }
    }
}
