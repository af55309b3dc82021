import Shared

/// The facts about manifests that were read before, kept in the cache by folder of the store, so
/// that a run need not read again what has not changed.
struct KnownFolders {
    private let cache: StoreCache
    private let stream: String
    private var folders: [Substring: KnownManifests] = [:]

    init(_ cache: StoreCache, stream: String) {
        self.cache = cache
        self.stream = stream
    }

    /// What this version of a manifest says; nil where it was not read before.
    mutating func facts(of object: StoredObject) -> ManifestFacts? {
        let folder = Self.folder(of: object)
        if folders[folder] == nil {
            folders[folder] = KnownManifests(of: String(folder), cache, stream: stream)
        }
        return folders[folder]?.facts(of: object)
    }

    /// Adds what was read of a manifest whose facts were asked for.
    mutating func add(_ facts: ManifestFacts, of object: StoredObject) {
        folders[Self.folder(of: object)]?.add(facts, of: object)
    }

    private static func folder(of object: StoredObject) -> Substring {
        object.key.path.dropLast(object.key.name.utf8.count + 1)
    }

    func keep() throws {
        for folder in folders.values { try folder.keep() }
    }
}

/// Those of one folder.
///
/// ```
/// 2 TAB stream
/// name TAB hash of the ETag TAB facts
/// ```
///
/// A hint: a version that is not here is read from the store.
private struct KnownManifests {
    private let cache: StoreCache
    private let note: String
    private let head: String
    private var lines: [String: Line] = [:]
    private var isChanged = false

    private struct Line {
        var version: String
        var facts: ManifestFacts
    }

    /// Raised when a line means something else.
    private static let format = 2
    private static let tab = UInt8(ascii: "\t")
    private static let lineFeed = UInt8(ascii: "\n")

    /// - Parameter folder: the keys' part before the last slash.
    init(of folder: String, _ cache: StoreCache, stream: String) {
        self.cache = cache
        note = "catalog/\(folder)"
        head = "\(Self.format)\t\(stream)"
        var rest = (cache.kept(as: note) ?? []).split(separator: Self.lineFeed)[...]
        guard rest.popFirst()?.elementsEqual(head.utf8) ?? false else { return }
        lines.reserveCapacity(rest.count)
        for line in rest {
            let fields = line.split(separator: Self.tab, maxSplits: 2)
            guard fields.count == 3, let facts = ManifestFacts(line: fields[2]) else { continue }
            lines[String(decoding: fields[0], as: UTF8.self)] = Line(
                version: String(decoding: fields[1], as: UTF8.self), facts: facts)
        }
    }

    func facts(of object: StoredObject) -> ManifestFacts? {
        guard let line = lines[String(object.key.name)], line.version == version(object) else {
            return nil
        }
        return line.facts
    }

    mutating func add(_ facts: ManifestFacts, of object: StoredObject) {
        lines[String(object.key.name)] = Line(version: version(object), facts: facts)
        isChanged = true
    }

    func keep() throws {
        guard isChanged else { return }
        let text = lines.sorted { $0.key < $1.key }
            .map { "\($0.key)\t\($0.value.version)\t\($0.value.facts.line)\n" }.joined()
        try cache.keep(Array("\(head)\n\(text)".utf8), as: note)
    }

    private func version(_ object: StoredObject) -> String {
        var etag = object.etag.text
        return String(etag.withUTF8 { RecordDigest.of(UnsafeRawBufferPointer($0)) })
    }
}
