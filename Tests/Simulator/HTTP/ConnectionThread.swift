import Foundation

/// Serves one connection: requests one after the other, until a stream or an end.
///
/// The simulator has its own small server on plain sockets, a thread for each connection, because
/// what it must do on purpose is what an HTTP library prevents: close inside a chunk, close without
/// an answer, reset, split writes between any two bytes, and fall silent.
struct ConnectionThread: Sendable {
    let router: Router
    let descriptor: Int32

    func start() {
        Thread.detachNewThread { serve() }
    }

    private func serve() {
        var socket = Socket(descriptor: descriptor)
        var reader = HTTPRequestReader()
        while let request = reader.next(from: socket) {
            switch router.answer(request) {
            case .response(let response):
                let bytes = response.bytes(date: router.services.now)
                guard (try? bytes.withUnsafeBytes { try socket.send($0) }) != nil else { return }
                if request.headers["connection"]?.lowercased() == "close" { return }
            case .stream(let session, let head, let secondsBack):
                session.run(on: &socket, head: head, secondsBack: secondsBack)
                return
            case .silence(let resets):
                if resets { socket.resetOnClose() }
                return
            }
        }
    }
}
