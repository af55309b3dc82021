private import Glibc

/// A pipe to oneself, so that poll(2) can be woken.
final class WakePipe {
    let readEnd: Int32
    private let writeEnd: Int32
    private let waker: StreamWaker

    /// - Parameter waker: writes a byte when woken, until this object goes.
    init(waker: StreamWaker) throws(StreamError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw StreamError(
                .ioFailed, "stream: no pipe to wake by: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        readEnd = ends[0]
        let writeEnd = ends[1]
        self.writeEnd = writeEnd
        self.waker = waker
        waker.install {
            // A full pipe is a wake-up not yet taken.
            var byte: UInt8 = 1
            _ = write(writeEnd, &byte, 1)
        }
    }

    /// The waker calls with its lock held, so once it has let go nobody writes any more.
    deinit {
        waker.install(nil)
        close(readEnd)
        close(writeEnd)
    }

    func drain() {
        var bytes: (UInt64, UInt64) = (0, 0)
        while read(readEnd, &bytes, MemoryLayout.size(ofValue: bytes)) > 0 {}
    }
}
