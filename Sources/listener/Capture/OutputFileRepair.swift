import Shared

/// Makes a file that a crash tore a whole gzip file again, so that it can be gone on with.
///
/// In the file itself, which may be large, belong to somebody else, and be renamed meanwhile. The whole
/// lines of the torn member are on the disk beside it before it is cut off, so that a crash at any step
/// loses none: the next start goes on with them.
struct OutputFileRepair {
    enum Outcome: Equatable {
        case whole
        case mended
        /// Cannot be read from this offset on, though it goes on behind it. It was left alone.
        case damaged(at: Int)
    }

    private let file: LocalFile
    private let lineBytesMax: Int
    private let onPiece: () throws -> Void

    private static let readBytesStep = 1 << 20
    private static let level = 6

    /// - Parameter onPiece: is called for each piece of the file that is looked at, since there may be
    ///   a day of them.
    init(_ file: LocalFile, lineBytesMax: Int, onPiece: @escaping () throws -> Void = {}) {
        self.file = file
        self.lineBytesMax = lineBytesMax
        self.onPiece = onPiece
    }

    func run() throws -> Outcome {
        let end: Int
        switch try condition() {
        case .whole(let bytes): end = bytes
        case .torn(let start): end = start
        case .damaged(let start): return .damaged(at: start)
        }
        let isTorn = try end < file.bytes
        if !LocalDirectory.exists(beside) {
            guard isTorn else { return .whole }
            try save(try wholeLines(at: end))
        }
        let member = try LocalFile.contents(of: beside)
        if isTorn { try file.truncate(to: end) }
        // Where it ends in them a crash came after they were written and before `beside` went.
        if try isTorn || file.read(max(0, end - member.count)..<end) != member {
            try file.write(member)
        }
        try file.sync()
        try LocalDirectory.remove(beside)
        // Should it come back it would be taken for the lines of the next torn member.
        try syncDirectory()
        return .mended
    }

    /// Has a member of the whole lines while they are not known to be in the file.
    private var beside: String { file.path + ".salvaged" }

    private enum Condition {
        case whole(bytes: Int)
        /// Ends in the middle of the member that begins here.
        case torn(at: Int)
        case damaged(at: Int)
    }

    private func condition() throws -> Condition {
        let size = try file.bytes
        var decoder = GzipDecoder()
        var output = [UInt8](repeating: 0, count: Self.readBytesStep)
        var memberStart = 0
        var offset = 0
        while offset < size {
            try onPiece()
            let input = try file.read(offset..<offset + Self.readBytesStep)
            guard !input.isEmpty else { return .damaged(at: offset) }
            var taken = 0
            while taken < input.count {
                var consumed = 0
                var produced = 0
                let status = input.withUnsafeBytes { input in
                    output.withUnsafeMutableBytes { output in
                        try? decoder.decode(
                            UnsafeRawBufferPointer(rebasing: input[taken...]),
                            consumed: &consumed, into: output, produced: &produced)
                    }
                }
                guard let status else { return .damaged(at: memberStart) }
                taken += consumed
                if status == .memberEnded { memberStart = offset + taken }
            }
            offset += taken
        }
        return memberStart < size ? .torn(at: memberStart) : .whole(bytes: size)
    }

    /// A member of them; no byte where there is none.
    private func wholeLines(at torn: Int) throws -> [UInt8] {
        let rawMax = SegmentWriter.memberRawBytes + lineBytesMax + 1
        let read = try MemberReader(file, rawBytesMax: rawMax).read(at: torn)
        guard read.failure?.code != .tooLarge else {
            throw ConfigurationError(
                "\(file.path): is not a file of this listener and is torn: move it away")
        }
        var member: [UInt8] = []
        read.raw.withUnsafeBytes { raw in
            let end = RawLines.forEach(in: raw) { _, _ in }
            guard end > 0 else { return }
            var deflater = MemberDeflater(level: Self.level)
            deflater.deflate(UnsafeRawBufferPointer(rebasing: raw[..<end]), to: &member)
        }
        return member
    }

    private func save(_ member: [UInt8]) throws {
        let new = beside + ".new"
        let file = try LocalFile.replace(new)
        try file.write(member)
        try file.sync()
        try LocalDirectory.rename(new, to: beside)
        try syncDirectory()
    }

    private func syncDirectory() throws {
        try LocalDirectory.sync(LocalDirectory.parent(of: file.path) ?? ".")
    }
}
