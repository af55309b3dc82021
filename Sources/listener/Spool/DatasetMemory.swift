import Logging
import Shared

/// The dataset of the store, and what is taken for it while the store cannot be reached: capture
/// must not wait for the store.
struct DatasetMemory {
    let spool: Spool
    let store: any ObjectStore
    let isConditional: Bool
    let logger: Logger
    var status = ListenerStatus()
    /// How long the start of capture may be held up for the store's answer.
    var patience = Duration.seconds(5)

    private var path: String { Self.path(in: spool.directory) }

    private static func path(in directory: String) -> String { "\(directory)/dataset.json" }

    struct Answer {
        var dataset: Dataset
        /// False where the store did not answer.
        var isOfStore: Bool
    }

    /// Reads the store's dataset, creates it where there is none, or falls back on the copy of an
    /// earlier run and then on the defaults.
    ///
    /// - Throws: where the store holds another stream, or was given in a way that cannot work.
    func answer(stream: String, idPointer: JSONPointer? = nil) async throws -> Answer {
        let wanted = Dataset(stream: stream, idPointer: idPointer, created: .now)
        do {
            guard let dataset = try await answer(wanted) else {
                status.storeFailed()
                logger.warning("\(store.name): does not answer: \(Self.consolation)")
                return Answer(dataset: try recall(like: wanted) ?? wanted, isOfStore: false)
            }
            status.storeAnswered()
            try dataset.require(idPointer: idPointer, in: store)
            remember(dataset)
            return Answer(dataset: dataset, isOfStore: true)
        } catch let error as ObjectStoreError where error.disposition == .retry {
            status.storeFailed()
            logger.warning("\(error): \(Self.consolation)")
            return Answer(dataset: try recall(like: wanted) ?? wanted, isOfStore: false)
        }
    }

    /// Asks a store that did not answer at the start.
    ///
    /// - Throws: where it holds another stream, or does not answer yet.
    func confirm(stream: String, idPointer: JSONPointer? = nil) async throws {
        let wanted = Dataset(stream: stream, idPointer: idPointer, created: .now)
        let dataset = try await wanted.createOrRead(in: store, isConditional: isConditional)
        try dataset.require(idPointer: idPointer, in: store)
        status.storeAnswered()
        remember(dataset)
    }

    private static let consolation = "capturing all the same, and shipping when it answers"

    /// Nil where the store does not answer in time.
    private func answer(_ wanted: Dataset) async throws -> Dataset? {
        let asking = Task {
            try await wanted.createOrRead(in: store, isConditional: isConditional)
        }
        defer { asking.cancel() }
        return try await asking.result(within: patience)?.get()
    }

    /// Only a help for a later start: a full disk must not keep this one from shipping.
    private func remember(_ dataset: Dataset) {
        do {
            let file = try LocalFile.replace(path + ".new")
            try file.write(JSONDocument.encode(dataset))
            try file.sync()
            try LocalDirectory.rename(path + ".new", to: path)
        } catch {
            logger.warning("\(error)")
        }
    }

    /// Nothing where the settings ask for another stream than an earlier run's.
    private func recall(like wanted: Dataset) throws -> Dataset? {
        let dataset = Self.recall(in: spool.directory)
        guard dataset?.stream == wanted.stream, dataset?.idPointer == wanted.idPointer else {
            return nil
        }
        return dataset
    }

    /// The copy that an earlier run left in a spool.
    static func recall(in directory: String) -> Dataset? {
        guard let bytes = try? LocalFile.contents(of: path(in: directory)) else { return nil }
        return try? JSONDocument.decode(Dataset.self, from: bytes)
    }
}
