import Glibc

/// One accepted TCP connection, used by one thread.
struct Socket: ~Copyable {
    enum SendError: Error {
        /// The other side is gone.
        case closed
        /// The caller wished to stop while the other side did not read.
        case abandoned
    }

    private let descriptor: Int32
    private var resetsOnClose = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        if resetsOnClose {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        } else {
            shutdown(descriptor, Int32(SHUT_WR))
        }
        close(descriptor)
    }

    mutating func resetOnClose() {
        resetsOnClose = true
    }

    /// Whether the other side has closed; looks without waiting.
    var isClosedByPeer: Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, 0) > 0 else { return false }
        if poll.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return true }
        var byte: UInt8 = 0
        let received = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return received == 0 || received < 0 && errno != EAGAIN && errno != EINTR
    }

    /// - Parameter isAbandoned: asked ten times a second while the other side does not read.
    func send(
        _ bytes: UnsafeRawBufferPointer, unless isAbandoned: () -> Bool = { false }
    ) throws(SendError) {
        var offset = 0
        while offset < bytes.count {
            let sent = Glibc.send(
                descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset,
                Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            if sent >= 0 {
                offset += sent
            } else if errno == EAGAIN {
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                Glibc.poll(&poll, 1, 100)
                if isAbandoned() { throw .abandoned }
            } else if errno != EINTR {
                throw .closed
            }
        }
    }

    /// Up to `count` bytes; empty at the end of the stream, and after an error.
    func receive(atMost count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let received = recv(descriptor, &bytes, count, 0)
            if received < 0 && errno == EINTR { continue }
            return Array(bytes.prefix(max(0, received)))
        }
    }
}
