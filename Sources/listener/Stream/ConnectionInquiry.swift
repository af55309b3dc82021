/// A question to the server who is connected, under way between two attempts.
final class ConnectionInquiry {
    /// An answer that takes longer is none: the waits alone rule then.
    static let timeout = Duration.seconds(15)

    let transfer: CurlTransfer
    let deadline: ContinuousClock.Instant
    private let endpointName: String

    init(_ transfer: CurlTransfer, endpointName: String, at time: ContinuousClock.Instant) {
        self.transfer = transfer
        self.endpointName = endpointName
        deadline = time + Self.timeout
    }

    /// What it said; nil where that is no list.
    var listing: ConnectionListing? {
        guard transfer.isOpen else { return nil }
        return ConnectionListing(body: transfer.answerBody, endpointName: endpointName)
    }
}
