import Glibc

/// The port of the simulator, on 127.0.0.1 and nowhere else.
struct ListeningSocket: Sendable {
    private let descriptor: Int32
    let port: UInt16

    /// - Parameter port: 0 takes any that is free.
    init(port wanted: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.system("socket") }
        var on: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(fd, address, length) == 0 && listen(fd, 256) == 0
                    && getsockname(fd, address, &length) == 0
            }
        }
        guard isBound else { throw Failure.system("port \(wanted): bind") }
        port = UInt16(bigEndian: address.sin_port)
    }

    func accept() -> Int32 {
        while true {
            let accepted = Glibc.accept(descriptor, nil, nil)
            if accepted >= 0 { return accepted }
            // Out of descriptors: others close sooner or later.
            if errno != EINTR { usleep(10_000) }
        }
    }
}
