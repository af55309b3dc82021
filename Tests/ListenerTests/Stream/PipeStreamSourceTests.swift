import Foundation
import Glibc
import Testing

@testable import listener

struct PipeStreamSourceTests {
    private func pipe() -> (readEnd: Int32, writeEnd: Int32) {
        var ends: [Int32] = [-1, -1]
        #expect(Glibc.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    private func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    @Test func `a pipe is connected, read to its end, and over`() throws {
        let (readEnd, writeEnd) = pipe()
        let source = try PipeStreamSource(input: readEnd)
        write("{\"id\":\"1\"}\n{\"i", to: writeEnd)
        Glibc.close(writeEnd)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .ended })
        #expect(recorder.seen == [.connected("piped"), .bytes("{\"id\":\"1\"}\n{\"i"), .ended])
        source.close()
        Glibc.close(readEnd)
    }

    @Test func `after its end a pipe is idle`() throws {
        let (readEnd, writeEnd) = pipe()
        Glibc.close(writeEnd)
        let source = try PipeStreamSource(input: readEnd)
        #expect(StreamRecorder(source).run { $0 == .ended })
        guard case .idle = source.next(until: .now) else {
            Issue.record("expected idle")
            return
        }
        source.close()
        Glibc.close(readEnd)
    }

    @Test func `the waker ends a wait on a pipe where nothing comes`() throws {
        let (readEnd, writeEnd) = pipe()
        let source = try PipeStreamSource(input: readEnd)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .connected("piped") })
        let waker = source.waker
        Thread { waker.wake() }.start()
        #expect(recorder.run { $0 == .woken })
        write("x", to: writeEnd)
        #expect(recorder.run { $0 == .bytes("x") })
        source.close()
        waker.wake()
        Glibc.close(readEnd)
        Glibc.close(writeEnd)
    }

    @Test func `more than the buffer holds comes in pieces, in order`() throws {
        let (readEnd, writeEnd) = pipe()
        let text = String(repeating: "0123456789abcde\n", count: 100_000)
        Thread {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(writeEnd, $0.baseAddress, $0.count) }
                rest = rest.dropFirst(max(count, 0))
            }
            Glibc.close(writeEnd)
        }.start()
        let source = try PipeStreamSource(input: readEnd)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0 == .ended })
        #expect(recorder.text == text)
        source.close()
        Glibc.close(readEnd)
    }

    @Test func `a descriptor that is not open fails with its reason`() throws {
        let source = try PipeStreamSource(input: 9_999)
        let recorder = StreamRecorder(source)
        #expect(recorder.run { $0.isFailed })
        #expect(
            recorder.seen.last
                == .failed("standard input: is not open: Bad file descriptor"))
        source.close()
    }

    @Test func `a closed source has taken its wake-up away`() throws {
        let source = try PipeStreamSource(input: 0)
        source.close()
        // A waker refuses a second wake-up while the first is in place.
        source.waker.install {}
        source.waker.install(nil)
    }
}
