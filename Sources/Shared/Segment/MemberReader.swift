/// One gzip member of a file, as far as it inflates.
package struct ReadMember {
    package var raw: [UInt8] = []
    /// The offset behind the member; nil where it is torn, corrupt or larger than was allowed.
    package var end: Int?
    /// Everything before this offset was inflated.
    package var readTo: Int
    /// Why ``end`` is nil, where it is more than the end of the file.
    package var failure: GzipError?
}

/// Reads members of a file that may be torn or foreign, one at a time.
package struct MemberReader {
    private let file: LocalFile
    private let rawBytesMax: Int

    private static let inputBytesStep = 256 << 10

    /// - Parameter rawBytesMax: a member that inflates to more is given up.
    package init(_ file: LocalFile, rawBytesMax: Int) {
        self.file = file
        self.rawBytesMax = rawBytesMax
    }

    /// - Parameter limit: what lies behind this offset of the file is not looked at.
    package func read(
        at start: Int, upTo limit: Int = .max
    ) throws(LocalFileError) -> ReadMember {
        var decoder = GzipDecoder()
        var member = ReadMember(readTo: start)
        while member.end == nil, member.failure == nil {
            let step = min(Self.inputBytesStep, limit - member.readTo)
            let input = try file.read(member.readTo..<member.readTo + max(0, step))
            if input.isEmpty { break }
            let consumed = inflate(input, with: &decoder, into: &member)
            member.readTo += consumed
            if member.end != nil { member.end = member.readTo }
        }
        return member
    }

    /// - Returns: how much of `input` was taken.
    private func inflate(
        _ input: [UInt8], with decoder: inout GzipDecoder, into member: inout ReadMember
    ) -> Int {
        var output = [UInt8](repeating: 0, count: Self.inputBytesStep)
        var offset = 0
        while offset < input.count, member.end == nil, member.failure == nil {
            var consumed = 0
            var produced = 0
            do throws(GzipError) {
                let status = try decode(
                    input[offset...], with: &decoder, consumed: &consumed, into: &output,
                    produced: &produced)
                if status == .memberEnded { member.end = 0 }
            } catch {
                member.failure = error
            }
            member.raw.append(contentsOf: output[..<produced])
            offset += consumed
            if member.raw.count > rawBytesMax {
                member.end = nil
                member.failure = GzipError(
                    .tooLarge, "member inflates to more than \(rawBytesMax) bytes")
            }
        }
        return offset
    }

    private func decode(
        _ input: ArraySlice<UInt8>, with decoder: inout GzipDecoder, consumed: inout Int,
        into output: inout [UInt8], produced: inout Int
    ) throws(GzipError) -> GzipDecoder.Status {
        var result: Result<GzipDecoder.Status, GzipError> = .success(.underWay)
        input.withUnsafeBytes { input in
            output.withUnsafeMutableBytes { output in
                do throws(GzipError) {
                    result = .success(
                        try decoder.decode(
                            input, consumed: &consumed, into: output, produced: &produced))
                } catch {
                    result = .failure(error)
                }
            }
        }
        return try result.get()
    }
}
