import Shared

/// The lines of a foreign gzip file, however its members are cut and wherever it is damaged. Empty
/// lines are counted and left out; a CR before an LF belongs to the terminator.
struct GzipLines {
    private let file: LocalFile
    private let map: GzipMap
    private let limits: InflationLimits
    private let lineBytesMax: Int

    /// How many empty lines were left out.
    private(set) var emptyLines = 0
    private(set) var rawBytes = 0
    /// Lines that end in a member that is not whole.
    private(set) var linesSaved = 0
    /// Inflated bytes of lines whose end is lost.
    private var partialBytes = 0

    init(_ path: String, lineBytesMax: Int, limits: InflationLimits = .standard) throws {
        file = try LocalFile.read(path)
        map = try GzipMap(file, limits: limits)
        self.limits = limits
        self.lineBytesMax = lineBytesMax
    }

    var members: Int { map.members }
    var damages: [GzipDamage] { map.damages }

    /// What a manifest says of a file that is damaged, once its lines were handed out.
    var salvage: SegmentManifest.SalvageFacts? {
        damages.isEmpty
            ? nil
            : SegmentManifest.SalvageFacts(
                records: linesSaved, bytesLost: partialBytes + damages.reduce(0) { $0 + $1.bytes })
    }

    /// Hands out each line, as far as the file inflates. An overlong one comes as its head, with the
    /// length of the whole; others have none. `damaged` is called wherever lines may be lost between
    /// two that are handed out.
    mutating func forEach(
        damaged: () throws -> Void = {},
        _ body: (UnsafeRawBufferPointer, _ overlongBytes: Int?) throws -> Void
    ) throws {
        var framer = LineFramer(terminator: .lf, lineBytesMax: lineBytesMax)
        var probe = MemberProbe(file, limits: limits)
        (emptyLines, linesSaved, rawBytes, partialBytes) = (0, 0, 0, 0)
        for (number, extent) in map.extents.enumerated() {
            if number > 0, !continues(before: number) { try damaged() }
            var empty = 0
            var lines = 0
            func accept(_ piece: LineFramer.Piece) throws {
                if case .keepAlive = piece { empty += 1 } else { lines += 1 }
                switch piece {
                case .line(let line): try body(line, nil)
                case .overlong(let head, let bytes): try body(head, bytes)
                case .keepAlive: break
                }
            }
            rawBytes += try inflate(extent, &probe) { try framer.feed($0, accept) }
            if extent.isWhole {
                if !continues(before: number + 1) { try framer.finish(accept) }
            } else {
                partialBytes += framer.reset()
                linesSaved += lines
            }
            emptyLines += empty
        }
    }

    /// Whether a line may go on in this extent that began in the one before.
    private func continues(before number: Int) -> Bool {
        number < map.extents.count && map.extents[number - 1].isWhole
            && map.extents[number - 1].range.upperBound == map.extents[number].range.lowerBound
    }

    private func inflate(
        _ extent: GzipMap.Extent, _ probe: inout MemberProbe,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        var offset = extent.range.lowerBound
        var total = 0
        while offset < extent.range.upperBound {
            let (outcome, raw) = try probe.read(at: offset, upTo: extent.range.upperBound, body)
            total += raw
            guard case .whole(let end) = outcome else { break }
            offset = end
        }
        return total
    }
}
