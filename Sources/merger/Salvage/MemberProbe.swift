import Shared

/// Inflates a member of a file in pieces of bounded size, whatever it turns out to be.
struct MemberProbe: ~Copyable {
    enum Outcome: Equatable {
        case whole(end: Int)
        /// It goes on where the file, or what may be looked at of it, ends.
        case cutOff
        /// It fails at this offset.
        case corrupt(at: Int)
        case tooLarge(at: Int)
    }

    private let file: LocalFile
    private let limits: InflationLimits
    private var decoder = GzipDecoder()
    private let output = UnsafeMutableRawBufferPointer.allocate(
        byteCount: bufferBytes, alignment: 16)

    private static let bufferBytes = 256 << 10

    init(_ file: LocalFile, limits: InflationLimits) {
        self.file = file
        self.limits = limits
    }

    deinit {
        output.deallocate()
    }

    /// - Parameters:
    ///   - limit: what lies behind this offset of the file is not looked at.
    ///   - stopAfter: ends with `tooLarge` once this much was inflated.
    ///   - body: gets what is inflated, before it is known whether the member is whole.
    /// - Returns: how the member ends, and how much of it was inflated.
    mutating func read(
        at start: Int, upTo limit: Int, stopAfter: Int = .max,
        _ body: (UnsafeRawBufferPointer) throws -> Void = { _ in }
    ) throws -> (outcome: Outcome, raw: Int) {
        decoder.reset()
        var offset = start
        var raw = 0
        while offset < limit {
            let input = try file.read(offset..<min(limit, offset + Self.bufferBytes))
            guard !input.isEmpty else { break }
            var taken = 0
            while taken < input.count {
                let (status, consumed, produced) = decode(input[taken...])
                try body(UnsafeRawBufferPointer(rebasing: output[..<produced]))
                taken += consumed
                raw += produced
                switch status {
                case .memberEnded: return (.whole(end: offset + taken), raw)
                case nil: return (.corrupt(at: offset + taken), raw)
                case .underWay: break
                }
                guard raw <= stopAfter, limits.allow(raw, from: offset + taken - start) else {
                    return (.tooLarge(at: offset + taken), raw)
                }
            }
            offset += taken
        }
        return (.cutOff, raw)
    }

    private mutating func decode(
        _ input: ArraySlice<UInt8>
    ) -> (status: GzipDecoder.Status?, consumed: Int, produced: Int) {
        var consumed = 0
        var produced = 0
        let output = output
        let status = input.withUnsafeBytes { input in
            try? decoder.decode(input, consumed: &consumed, into: output, produced: &produced)
        }
        return (status, consumed, produced)
    }
}
