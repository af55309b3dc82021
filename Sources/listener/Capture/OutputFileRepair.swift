import Shared

/// Makes a file that a crash tore a whole gzip file again, so that it can be gone on with.
///
/// Everything before the torn member is copied, the whole lines of that member follow as a member of
/// their own, and only then does the copy take the file's name.
struct OutputFileRepair {
    private let path: String
    private let lineBytesMax: Int

    private static let copyBytesStep = 1 << 20
    private static let level = 6

    init(_ path: String, lineBytesMax: Int) {
        self.path = path
        self.lineBytesMax = lineBytesMax
    }

    /// - Returns: whether another file has the name now.
    func run() throws -> Bool {
        guard LocalDirectory.exists(path) else { return false }
        let file = try LocalFile.read(path)
        guard let torn = try tornMember(of: file) else { return false }
        let rawMax = SegmentWriter.memberRawBytes + lineBytesMax + 1
        let member = try MemberReader(file, rawBytesMax: rawMax).read(at: torn)
        guard member.failure?.code != .tooLarge else {
            throw ConfigurationError(
                "\(path): is not a file of this listener and is torn: move it away")
        }
        let copy = try LocalFile.replace(path + ".salvaged")
        try self.copy(file, upTo: torn, to: copy)
        try copy.write(wholeLines(of: member.raw))
        try copy.sync()
        try LocalDirectory.rename(path + ".salvaged", to: path)
        if let directory = LocalDirectory.parent(of: path) { try LocalDirectory.sync(directory) }
        return true
    }

    /// Where the member begins that the file ends in the middle of, if it does.
    private func tornMember(of file: LocalFile) throws -> Int? {
        let size = try file.bytes
        var decoder = GzipDecoder()
        var output = [UInt8](repeating: 0, count: Self.copyBytesStep)
        var memberStart = 0
        var offset = 0
        while offset < size {
            let input = try file.read(offset..<offset + Self.copyBytesStep)
            var consumed = 0
            var produced = 0
            let status = input.withUnsafeBytes { input in
                output.withUnsafeMutableBytes { output in
                    try? decoder.decode(
                        input, consumed: &consumed, into: output, produced: &produced)
                }
            }
            guard let status else { return memberStart }
            offset += consumed
            if status == .memberEnded { memberStart = offset }
        }
        return memberStart < size ? memberStart : nil
    }

    private func copy(_ file: LocalFile, upTo end: Int, to copy: LocalFile) throws {
        var offset = 0
        while offset < end {
            let piece = try file.read(offset..<min(end, offset + Self.copyBytesStep))
            try copy.write(piece)
            offset += piece.count
        }
    }

    private func wholeLines(of raw: [UInt8]) -> [UInt8] {
        var member: [UInt8] = []
        raw.withUnsafeBytes { raw in
            let end = RawLines.forEach(in: raw) { _, _ in }
            guard end > 0 else { return }
            var deflater = MemberDeflater(level: Self.level)
            deflater.deflate(UnsafeRawBufferPointer(rebasing: raw[..<end]), to: &member)
        }
        return member
    }
}
