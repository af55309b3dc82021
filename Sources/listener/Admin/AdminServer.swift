private import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Shared
import Synchronization

/// Serves the admin pages over HTTP on a thread of its own. It shares nothing with the capture
/// thread but atomics, and a lock that is held for as long as a copy of the last hour's counts takes.
final class AdminServer: Sendable {
    /// A few scrapers, probes and people at once.
    static let connectionsMax = 16

    /// From accepting a connection to closing it: there is one request on each. A scrape waits 10 s by
    /// default (Prometheus, `scrape_timeout`); who sends or reads more slowly is gone then.
    static let connectionTimeout = TimeAmount.seconds(10)

    /// A scraper's headers are some hundred bytes.
    static let headerBytesMax = 8 << 10

    private static let backlog: Int32 = 16

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    /// With the port in force where any was asked for.
    let address: AdminAddress

    private init(
        _ group: MultiThreadedEventLoopGroup, _ channel: any Channel, _ address: AdminAddress
    ) {
        self.group = group
        self.channel = channel
        self.address = address
    }

    /// - Throws: where the address cannot be listened on; a person has to choose another.
    static func start(at address: AdminAddress, _ pages: AdminPages) async throws -> AdminServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let open = ConnectionCount()
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: backlog)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    prepare(channel, pages, open)
                }
                .bind(host: address.host, port: address.port).get()
            var bound = address
            bound.port = channel.localAddress?.port ?? address.port
            return AdminServer(group, channel, bound)
        } catch {
            try? await group.shutdownGracefully()
            throw ConfigurationError(
                """
                LISTENER_HTTP=\(address): cannot listen: \(cause(of: error)): choose another address, or off
                """)
        }
    }

    /// In the system's words, without the call's name.
    private static func cause(of error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }

    private static func prepare(
        _ channel: any Channel, _ pages: AdminPages, _ open: ConnectionCount
    ) -> EventLoopFuture<Void> {
        guard open.enter() else { return channel.close() }
        channel.closeFuture.whenComplete { _ in open.leave() }
        let timeout = channel.eventLoop.scheduleTask(in: connectionTimeout) {
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in timeout.cancel() }
        return channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = headerBytesMax
            limits.maxHeaderListSize = headerBytesMax
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                withEncoderConfiguration: HTTPResponseEncoder.Configuration(),
                withDecoderLimitConfiguration: limits)
            try pipeline.addHandler(AdminExchange(pages))
        }
    }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }
}

/// How many connections are open.
private final class ConnectionCount: Sendable {
    private let count = Atomic(0)

    func enter() -> Bool {
        let (_, new) = count.wrappingAdd(1, ordering: .relaxed)
        if new <= AdminServer.connectionsMax { return true }
        leave()
        return false
    }

    func leave() {
        count.wrappingSubtract(1, ordering: .relaxed)
    }
}

/// One request and its answer; then the connection ends.
private final class AdminExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let pages: AdminPages
    private var isAnswered = false

    init(_ pages: AdminPages) {
        self.pages = pages
    }

    /// Answered at the head: no request of ours has a body.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !isAnswered else { return }
        isAnswered = true
        let answer = pages.answer(method: head.method.rawValue, target: head.uri)
        var headers = HTTPHeaders([
            ("Content-Type", answer.contentType), ("Content-Length", "\(answer.body.utf8.count)"),
            ("Cache-Control", "no-store"), ("Connection", "close"),
        ])
        if let allow = answer.allow { headers.add(name: "Allow", value: allow) }
        let responseHead = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status),
            headers: headers)
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        if head.method != .HEAD {
            let body = context.channel.allocator.buffer(string: answer.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// The server's own handler has answered 400 where the request could not be read.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
