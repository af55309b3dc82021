private import Glibc
import Shared

/// What of a gzip file inflates, found by inflating all of it once. Nothing of it is kept.
///
/// ```
/// file     member member torn-member member garbage member
/// extents  [whole......] [cut off..] [whole]        [whole]
/// ```
///
/// A member that was cut off is followed by the next one, if whoever wrote it went on after a crash.
/// Inflating reads across that seam until something is wrong, so the seam is looked for first, and
/// the torn member is believed up to it.
struct GzipMap {
    struct Extent: Equatable {
        var range: Range<Int>
        /// Whether it is whole members; else a part of one.
        var isWhole: Bool
    }

    private(set) var extents: [Extent] = []
    private(set) var damages: [GzipDamage] = []
    private(set) var members = 0

    /// Bounds the time that a file costs that was made to be costly. A writer that crashed every
    /// hour of a year leaves fewer.
    private static let damagesMax = 10_000

    init(_ file: LocalFile, limits: InflationLimits = .standard) throws {
        let size = try file.bytes
        var probe = MemberProbe(file, limits: limits)
        var search = MemberSearch(file)
        var offset = 0
        if size == 0 { note(.notGzip, 0..<0) }
        while offset < size {
            let outcome = try probe.read(at: offset, upTo: size).outcome
            if case .whole(let end) = outcome {
                addWhole(offset..<end)
                offset = end
                continue
            }
            guard damages.count < Self.damagesMax else {
                note(.tooMany, offset..<size)
                break
            }
            var searchStart = offset + 1
            if case .tooLarge(let reached) = outcome { searchStart = reached }
            let next = try search.next(from: searchStart, upTo: size)
            try addDamaged(offset..<next, outcome, &probe)
            offset = next
        }
    }

    private mutating func addWhole(_ range: Range<Int>) {
        members += 1
        if let last = extents.last, last.isWhole, last.range.upperBound == range.lowerBound {
            extents[extents.count - 1].range = last.range.lowerBound..<range.upperBound
        } else {
            extents.append(Extent(range: range, isWhole: true))
        }
    }

    /// - Parameter range: up to where the next member begins.
    private mutating func addDamaged(
        _ range: Range<Int>, _ outcome: MemberProbe.Outcome, _ probe: inout MemberProbe
    ) throws {
        if case .tooLarge = outcome { return note(.tooLarge, range) }
        let (outcome, raw) = try probe.read(at: range.lowerBound, upTo: range.upperBound)
        guard raw > 0 else { return note(.notGzip, range) }
        var end = range.upperBound
        if case .corrupt(let failure) = outcome { end = failure }
        extents.append(Extent(range: range.lowerBound..<end, isWhole: false))
        note(outcome == .cutOff ? .cutOff : .corrupt, end..<range.upperBound)
    }

    private mutating func note(_ kind: GzipDamage.Kind, _ range: Range<Int>) {
        damages.append(GzipDamage(kind: kind, offset: range.lowerBound, bytes: range.count))
    }
}

/// Finds where the next member of a damaged file begins.
private struct MemberSearch: ~Copyable {
    private let file: LocalFile
    private var probe: MemberProbe

    private static let bufferBytes = 1 << 20
    /// Magic number, method and flags.
    private static let headBytes = 4
    private static let reservedFlags: UInt8 = 0xE0
    /// How much of a member must inflate to be taken for one. Of random bytes that look like a
    /// header, fewer than one in a thousand get there.
    private static let provingBytes = 64
    /// How far to look for them.
    private static let inputBytes = 64 << 10

    init(_ file: LocalFile) {
        self.file = file
        probe = MemberProbe(file, limits: .standard)
    }

    /// - Returns: `end` where no member begins before.
    mutating func next(from start: Int, upTo end: Int) throws -> Int {
        var offset = start
        while offset < end {
            let block = try file.read(offset..<min(end, offset + Self.bufferBytes))
            guard block.count >= Self.headBytes else { break }
            for place in Self.heads(in: block) where try isMember(offset + place, end) {
                return offset + place
            }
            // A head may lie across two blocks.
            offset += max(1, block.count - (Self.headBytes - 1))
        }
        return end
    }

    private static func heads(in block: [UInt8]) -> [Int] {
        var places: [Int] = []
        block.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var place = 0
            while place + headBytes <= bytes.count,
                let found = memchr(base + place, 0x1F, bytes.count - place - (headBytes - 1))
            {
                place = UnsafeRawPointer(found) - base
                if bytes[place + 1] == 0x8B, bytes[place + 2] == 8,
                    bytes[place + 3] & reservedFlags == 0
                {
                    places.append(place)
                }
                place += 1
            }
        }
        return places
    }

    private mutating func isMember(_ offset: Int, _ end: Int) throws -> Bool {
        let limit = min(end, offset + Self.inputBytes)
        let (outcome, raw) = try probe.read(
            at: offset, upTo: limit, stopAfter: Self.provingBytes)
        return switch outcome {
        case .whole, .tooLarge: true
        case .cutOff: limit == end && raw > 0
        case .corrupt: raw > Self.provingBytes
        }
    }
}
