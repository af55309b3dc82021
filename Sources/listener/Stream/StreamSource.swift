import Shared

/// Where a listener's bytes come from: a connection that is held open for ever, or a pipe.
///
/// A source is used from the capture thread alone, except for ``StreamWaker``. It decides by itself
/// when to connect again and says what happened as ``StreamEvent``s; it knows nothing of segments.
protocol StreamSource: AnyObject {
    /// The bytes that ``StreamEvent/bytes`` announced, valid until the next call of ``next(until:)``.
    var received: UnsafeRawBufferPointer { get }

    /// Ends a wait from any thread.
    var waker: StreamWaker { get }

    /// How often the source had to make the server wait, since nobody took what had come.
    var timesFull: Int { get }

    /// Tells what a line of ``received`` says about the connection.
    func take(_ notice: StreamNotice)

    /// Waits until something happens, but not longer than to `deadline`.
    func next(until deadline: ContinuousClock.Instant) -> StreamEvent

    /// Waits for the waker, but not longer than to `deadline`, and does not look at the connection:
    /// TCP slows the server down, and time spent here is no silence.
    func rest(until deadline: ContinuousClock.Instant)

    /// Ends the connection, if there is one, and asks for another stream from then on. What arrived
    /// before is handed out first; then comes ``StreamEvent/replaced``.
    func replace(with endpoint: StreamEndpoint, cause: String)

    /// Closes the connection. ``next(until:)`` is not called again.
    func close()
}

extension StreamSource {
    func rest(until deadline: ContinuousClock.Instant) { waker.wait(until: deadline) }
}

enum StreamEvent {
    /// The deadline came.
    case idle
    /// Somebody called ``StreamWaker/wake()``.
    case woken
    /// The server answered 200, or the pipe is open; bytes that follow are of this connection.
    case connected(ConnectionOpening)
    /// ``StreamSource/received`` holds at least one byte.
    case bytes
    /// The connection is over. The source connects again by itself, as its policy says.
    case disconnected(cause: String)
    /// What comes from here on answers the request of ``StreamSource/replace(with:cause:)``.
    case replaced
    /// Worth a line in the log: a refusal, a wait, a warning. Nothing changes for the segment.
    case remark(StreamRemark)
    /// The stream is over for good, such as at the end of a pipe.
    case ended
    /// The source cannot go on until a person has acted.
    case failed(any OperatorError)
}

struct ConnectionOpening {
    var kind: ConnectionKind
    /// How far back it was asked to begin.
    var backfill: Duration?
    /// The span that a recovery was asked for.
    var recovers: SegmentManifest.ReceivedSpan?
    /// The server's clock minus ours, from its `Date` header, to a second.
    var clockOffset: Duration?
}

struct StreamRemark {
    var isWarning: Bool
    /// A person must act.
    var isAlarm = false
    var message: String
    /// Set where another attempt follows.
    var reconnect: ReconnectReason?
}
