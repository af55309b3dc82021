import Logging
import Shared

/// The dataset of the store, and what is taken for it while the store cannot be reached: capture
/// must not wait for the store.
struct DatasetMemory {
    let spool: Spool
    let store: any ObjectStore
    let logger: Logger

    private var path: String { "\(spool.directory)/dataset.json" }

    /// Reads the store's dataset, creates it where there is none, or falls back on the copy of an
    /// earlier run and then on the defaults.
    ///
    /// - Throws: where the store holds another stream, or was given in a way that cannot work.
    func dataset(stream: String) async throws -> Dataset {
        let wanted = Dataset(stream: stream, created: .now)
        do {
            let dataset = try await wanted.createOrRead(in: store)
            try remember(dataset)
            return dataset
        } catch let error as ObjectStoreError where error.disposition == .retry {
            logger.warning("\(error): capturing all the same, and shipping when it answers")
            return try recall() ?? wanted
        }
    }

    private func remember(_ dataset: Dataset) throws {
        let file = try LocalFile.replace(path + ".new")
        try file.write(JSONDocument.encode(dataset))
        try file.sync()
        try LocalDirectory.rename(path + ".new", to: path)
    }

    private func recall() throws -> Dataset? {
        guard LocalDirectory.exists(path) else { return nil }
        let file = try LocalFile.read(path)
        return try? JSONDocument.decode(Dataset.self, from: try file.read(0..<file.bytes))
    }
}
