private import CCurl
import Shared

/// A multi handle that drives one transfer at a time, on the thread that calls it.
final class CurlMulti {
    private let handle: UnsafeMutableRawPointer
    private let waker: StreamWaker
    private(set) var transfer: CurlTransfer?

    /// - Parameter waker: made to end ``wait(until:)``, until this object goes.
    init(waker: StreamWaker) {
        CurlLibrary.prepare()
        guard let handle = curl_multi_init() else {
            preconditionFailure("no memory for a multi handle")
        }
        self.handle = handle
        self.waker = waker
        // curl_multi_wakeup is the one call that libcurl allows from any thread. The handle lives
        // meanwhile: the waker calls with its lock held, and deinit takes the same lock first.
        let address = UInt(bitPattern: handle)
        waker.install {
            guard let handle = UnsafeMutableRawPointer(bitPattern: address) else { return }
            curl_multi_wakeup(handle)
        }
    }

    deinit {
        waker.install(nil)
        remove()
        curl_multi_cleanup(handle)
    }

    func add(_ transfer: CurlTransfer) {
        precondition(self.transfer == nil, "one transfer at a time")
        let result = curl_multi_add_handle(handle, transfer.handle)
        precondition(result == CURLM_OK, "curl_multi_add_handle: \(result.rawValue)")
        self.transfer = transfer
    }

    /// Closes the connection, if there is one.
    func remove() {
        guard let transfer else { return }
        curl_multi_remove_handle(handle, transfer.handle)
        self.transfer = nil
    }

    /// Reads and writes what can be without waiting. Returns the transfer's result code when it is
    /// over: 0 for success.
    func perform() -> Int? {
        var running: Int32 = 0
        let result = curl_multi_perform(handle, &running)
        precondition(result == CURLM_OK, "curl_multi_perform: \(result.rawValue)")
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            return Int(ccurl_message_result(message).rawValue)
        }
        return nil
    }

    /// Waits for the connection, the waker, or `deadline`; may return early.
    func wait(until deadline: ContinuousClock.Instant) {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return }
        // Rounded up: a wait that ends just before its deadline would be followed by many of 0 ms.
        let milliseconds = min(left.wholeMilliseconds + 1, Int64(Int32.max))
        let result = curl_multi_poll(handle, nil, 0, Int32(milliseconds), nil)
        precondition(result == CURLM_OK, "curl_multi_poll: \(result.rawValue)")
    }
}
