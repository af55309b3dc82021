private import Glibc
import Shared

/// A stream that somebody else holds open and pipes in: standard input, read until it ends.
final class PipeStreamSource: StreamSource {
    static let bufferBytes = 256 << 10

    let waker = StreamWaker()

    private let input: Int32
    private let wakePipe: WakePipe
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0
    private var isConnected = false
    private var isOver = false

    /// - Parameter input: a descriptor that stays the caller's; 0 is standard input.
    init(input: Int32 = 0) throws(StreamError) {
        self.input = input
        wakePipe = try WakePipe(waker: waker)
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    var received: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    /// What a pipe has not taken lies with the program that writes to it.
    var timesFull: Int { 0 }

    /// Nobody at the other end can be answered.
    func take(_ notice: StreamNotice) {}

    func next(until deadline: ContinuousClock.Instant) -> StreamEvent {
        count = 0
        guard isConnected else {
            isConnected = true
            return .connected(ConnectionOpening(kind: .piped, clockOffset: nil))
        }
        while true {
            if waker.takeWake() { return .woken }
            do throws(StreamError) {
                if try wait(until: deadline), let event = try read() { return event }
            } catch {
                isOver = true
                return .failed(error)
            }
            guard ContinuousClock.now < deadline else { return .idle }
        }
    }

    func replace(with endpoint: StreamEndpoint, cause: String) {
        preconditionFailure("nothing is asked of a pipe")
    }

    func close() {
        waker.install(nil)
        isOver = true
    }

    /// Whether the input can be read or is at its end. False as well where a signal or the waker
    /// ended the wait.
    private func wait(until deadline: ContinuousClock.Instant) throws(StreamError) -> Bool {
        // poll(2) skips a negative descriptor.
        var descriptors = [
            pollfd(fd: isOver ? -1 : input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakePipe.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        let left = max(ContinuousClock.now.duration(to: deadline), .zero)
        let milliseconds = min(left.wholeMilliseconds + 1, Int64(Int32.max))
        let count = poll(&descriptors, nfds_t(descriptors.count), Int32(milliseconds))
        guard count >= 0 else {
            if errno == EINTR { return false }
            throw failure("cannot be waited for", errno)
        }
        if descriptors[1].revents != 0 { wakePipe.drain() }
        if Int32(descriptors[0].revents) & POLLNVAL != 0 { throw failure("is not open", EBADF) }
        return descriptors[0].revents != 0
    }

    /// Nil where there was nothing after all, as may be with a descriptor that others read too.
    private func read() throws(StreamError) -> StreamEvent? {
        let result = Glibc.read(input, buffer.baseAddress, buffer.count)
        guard result >= 0 else {
            if errno == EINTR || errno == EAGAIN { return nil }
            throw failure("cannot be read", errno)
        }
        count = result
        guard result == 0 else { return .bytes }
        isOver = true
        return .ended
    }

    private func failure(_ problem: String, _ code: Int32) -> StreamError {
        StreamError(.ioFailed, "standard input: \(problem): \(String(cString: strerror(code)))")
    }
}
