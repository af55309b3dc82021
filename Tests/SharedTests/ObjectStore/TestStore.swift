import Foundation
import Testing

@testable import Shared

/// A store for the contract suite: how to open it, and what it can do beyond the layout's needs.
struct TestStore: Sendable, CustomTestStringConvertible {
    enum Capability: String, Codable, Sendable {
        /// `If-None-Match: *` is refused where something is.
        case conditionalCreate
        /// Of several that create one key at the same time, one succeeds.
        case atomicCreate
        /// `If-Match` replaces the version it names.
        case conditionalReplace
        /// A body that is not what its announced digest says is refused.
        case verifiesPayloadDigest
        /// An upload whose connection breaks leaves no object.
        case discardsCutUploads
        /// A listing can begin after a key that has signs which are escaped in it. One that lacks
        /// this compares the escaped names.
        case listsAfterEscapedKeys
    }

    /// A proxy in front of the store that breaks requests as it is told.
    struct FaultProxy: Codable, Sendable {
        /// Where the store's clients connect.
        var endpoint: String
        /// Where faults are ordered.
        var control: String
    }

    var name: String
    var capabilities: Set<Capability>
    /// A new, empty store behind a proxy; nil where there is none.
    var openFaulty: (@Sendable (_ singlePutBytesMax: Int?) throws -> FaultyStore)?
    /// A new, empty store. Objects larger than the threshold go in parts of 5 MiB, if it has parts.
    var open: @Sendable (_ singlePutBytesMax: Int?) throws -> any ObjectStore

    var testDescription: String { name }

    func can(_ capability: Capability) -> Bool { capabilities.contains(capability) }

    /// Every store there is to test. A new kind of store gets its line here.
    static let all: [TestStore] = [directory] + s3Stores

    private static let directory = TestStore(
        name: "directory",
        capabilities: [
            .conditionalCreate, .atomicCreate, .conditionalReplace, .verifiesPayloadDigest,
            .discardsCutUploads,
        ],
        open: { _ in DirectoryObjectStore(root: "\(Self.directories)/\(UUID().uuidString)") })

    /// The parent of all directory stores, removed when the process ends.
    private static let directories: String = {
        let path = FileManager.default.temporaryDirectory.path
        atexit {
            try? FileManager.default.removeItem(atPath: TestStore.directories)
        }
        return "\(path)/tributary-stores-\(UUID().uuidString)"
    }()

    private init(
        name: String, capabilities: Set<Capability>,
        open: @escaping @Sendable (_ singlePutBytesMax: Int?) throws -> any ObjectStore
    ) {
        self.name = name
        self.capabilities = capabilities
        self.open = open
    }

    /// The servers that `Tests/Tools/with-s3-stores` has started.
    static let s3Stores: [TestStore] = {
        guard let text = ProcessInfo.processInfo.environment["TRIBUTARY_TEST_STORES"] else {
            return []
        }
        do {
            return try JSONDecoder().decode([Description].self, from: Data(text.utf8)).map(
                TestStore.init)
        } catch {
            preconditionFailure("TRIBUTARY_TEST_STORES cannot be read: \(error)")
        }
    }()

    /// One entry of `TRIBUTARY_TEST_STORES`.
    private struct Description: Codable, Sendable {
        var name: String
        var url: String
        var environment: [String: String]
        var capabilities: Set<Capability>
        var faultProxy: FaultProxy?

        /// - Parameter endpoint: where it is not the store's own.
        func open(
            at endpoint: String?, folder: String, _ singlePutBytesMax: Int?
        ) throws -> S3ObjectStore {
            var environment = environment
            if let endpoint { environment["AWS_ENDPOINT_URL_S3"] = endpoint }
            return try TestStore.s3("\(url)/\(folder)", environment, singlePutBytesMax)
        }
    }

    private init(_ description: Description) {
        name = description.name
        capabilities = description.capabilities
        open = { try description.open(at: nil, folder: UUID().uuidString, $0) }
        guard let proxy = description.faultProxy else { return }
        openFaulty = { singlePutBytesMax in
            let folder = UUID().uuidString
            let store = try description.open(at: proxy.endpoint, folder: folder, singlePutBytesMax)
            return FaultyStore(store: store, folder: folder, control: proxy.control)
        }
    }

    static func s3(
        _ url: String, _ environment: [String: String], _ singlePutBytesMax: Int?
    ) throws -> S3ObjectStore {
        var limits = S3Limits()
        if let singlePutBytesMax {
            limits.singlePutBytesMax = singlePutBytesMax
            limits.partBytes = 5 << 20
        }
        return try S3ObjectStore(
            url, environment: environment, limits: limits, retry: .hasty,
            timeouts: HTTPTimeouts(stall: .seconds(20)))
    }
}

extension S3RetryPolicy {
    /// For servers on the loopback, which gain nothing by waiting.
    static var hasty: S3RetryPolicy {
        S3RetryPolicy(
            repetition: Bounds(first: .milliseconds(10), last: .milliseconds(100)),
            patience: Bounds(first: .milliseconds(10), last: .milliseconds(100)))
    }
}
