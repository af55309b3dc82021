import Shared

/// Which partitions an earlier run found to hold all that their segments ask for, kept in the cache,
/// so that a run need not open their indexes.
///
/// ```
/// 1 TAB digest of the dataset
/// hour TAB hash of the index's ETag TAB hash of the object's TAB digest of the manifests' keys
/// ```
///
/// A hint: whatever is not exactly as it was then is looked at.
struct SettledHours {
    private let cache: StoreCache
    private let head: [UInt8]
    private var lines: [Partition: String]
    private var added: Set<Partition> = []

    private static let note = "settled"
    /// Raised when a line means something else.
    private static let format = 1
    private static let lineFeed = UInt8(ascii: "\n")
    private static let hourBytes = 13

    init(_ cache: StoreCache, _ dataset: Dataset) {
        self.cache = cache
        let digest = ContentDigest(of: JSONDocument.encode(dataset))
        head = Array("\(Self.format)\t\(digest)".utf8)
        lines = Self.read(cache, head)
    }

    private static func read(_ cache: StoreCache, _ head: [UInt8]) -> [Partition: String] {
        var rest = (cache.kept(as: note) ?? []).split(separator: lineFeed)[...]
        guard rest.popFirst()?.elementsEqual(head) ?? false else { return [:] }
        return rest.reduce(into: [:]) { lines, bytes in
            let line = String(decoding: bytes, as: UTF8.self)
            if let hour = Partition(line.prefix(hourBytes)) { lines[hour] = line }
        }
    }

    /// Whether nothing changed since the partition was found to hold the segments of these manifests.
    func contains(
        _ partition: Partition, _ version: PartitionVersion?,
        _ manifests: some Sequence<ObjectKey>
    ) -> Bool {
        guard let version, let line = lines[partition] else { return false }
        return line == Self.line(partition, version, manifests)
    }

    /// - Parameter manifests: of segments all of which the index of this version has admitted.
    mutating func add(
        _ partition: Partition, _ version: PartitionVersion,
        _ manifests: some Sequence<ObjectKey>
    ) {
        lines[partition] = Self.line(partition, version, manifests)
        added.insert(partition)
    }

    /// Writes what was added; what others wrote meanwhile stays.
    func keep() throws {
        if added.isEmpty { return }
        var all = Self.read(cache, head)
        for partition in added { all[partition] = lines[partition] }
        let text = all.sorted { $0.key < $1.key }.map { "\($0.value)\n" }.joined()
        try cache.keep(head + Array("\n\(text)".utf8), as: Self.note)
    }

    private static func line(
        _ partition: Partition, _ version: PartitionVersion,
        _ manifests: some Sequence<ObjectKey>
    ) -> String {
        var builder = DigestBuilder()
        // Sorted, since some come late and by another way.
        for key in manifests.map(\.path).sorted() {
            var line = key + "\n"
            line.withUTF8 { builder.update(UnsafeRawBufferPointer($0)) }
        }
        return "\(partition)\t\(hash(version.index))\t\(hash(version.canonical))\t\(builder.digest)"
    }

    private static func hash(_ etag: ETag) -> Int64 {
        var text = etag.text
        return text.withUTF8 { RecordDigest.of(UnsafeRawBufferPointer($0)) }
    }
}
