import Shared

/// Inflates a gzip body into the buffer as it comes, and keeps back what has no room there.
///
/// libcurl could do it, but ends a transfer with an error where a second member begins (7.88).
final class StreamInflater {
    /// Posts shrink to a fifth; what grows so much more is made to fill a disk.
    static let ratioMax = 200
    /// Below this the ratio means nothing.
    static let ratioCheckedBytes = 16 << 20

    private var decoder = GzipDecoder()
    /// Came over the wire and found no room.
    private var rest: [UInt8] = []
    /// The last call filled the buffer, so that zlib may hold more.
    private var ranOutOfRoom = false
    private var wireBytes = 0
    private var inflatedBytes = 0
    /// Whether a member was begun and has not ended.
    private(set) var isInMember = false

    /// Whether there is something to inflate once there is room.
    var isBlocked: Bool { ranOutOfRoom || !rest.isEmpty }

    /// Takes all of `piece`; only while nothing is kept back.
    func take(_ piece: UnsafeRawBufferPointer, into buffer: StreamBuffer) throws(GzipError) {
        precondition(!isBlocked, "a piece must wait for those before it")
        wireBytes += piece.count
        let taken = try inflate(piece, into: buffer)
        rest.append(contentsOf: piece[taken...])
    }

    /// Goes on with what was kept back.
    func goOn(into buffer: StreamBuffer) throws(GzipError) {
        let input = rest
        rest.removeAll(keepingCapacity: true)
        let result = input.withUnsafeBytes { input in
            Result { () throws(GzipError) in try inflate(input, into: buffer) }
        }
        rest.append(contentsOf: input[(try result.get())...])
    }

    /// - Returns: how much of `input` was taken.
    private func inflate(
        _ input: UnsafeRawBufferPointer, into buffer: StreamBuffer
    ) throws(GzipError) -> Int {
        var taken = 0
        repeat {
            var consumed = 0
            var produced = 0
            let result = Result { () throws(GzipError) in
                try decoder.decode(
                    UnsafeRawBufferPointer(rebasing: input[taken...]), consumed: &consumed,
                    into: buffer.freeSpace, produced: &produced)
            }
            taken += consumed
            inflatedBytes += produced
            ranOutOfRoom = !buffer.grow(by: produced)
            let status = try result.get()
            if consumed > 0 { isInMember = status != .memberEnded }
            try checkRatio()
        } while taken < input.count && !ranOutOfRoom
        return taken
    }

    private func checkRatio() throws(GzipError) {
        guard inflatedBytes > Self.ratioCheckedBytes,
            inflatedBytes / Self.ratioMax > wireBytes
        else { return }
        throw GzipError(
            .tooLarge, "gzip: inflates to more than \(Self.ratioMax) times its size")
    }
}
