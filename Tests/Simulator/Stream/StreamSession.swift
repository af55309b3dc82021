/// One open stream connection, from its 200 to its end.
struct StreamSession {
    private enum Outcome {
        case goesOn
        case ended(ClosureCause)
    }

    private static let pollSeconds = 0.1
    /// As the documents of v1.1 have it: a warning at 60 %, at most one in five minutes.
    private static let warningShare = 0.6
    private static let warningSeconds = 300.0
    private static let farewellSeconds = 2.0

    let id: Int
    let zone: String
    let format: StreamFormat
    let keepAliveSeconds: Double
    let slowReaderBytes: Int
    let waitFor: Int
    let log: EmissionLog
    let board: FaultBoard
    let ledger: ConnectionLedger

    /// - Parameter head: the head of the response.
    /// - Parameter secondsBack: how far a back-fill reaches.
    func run(on socket: inout Socket, head: [UInt8], secondsBack: Double) {
        var cursor = log.open(reader: id, secondsBack: secondsBack)
        let openedAt = log.counts.posts
        var writer = ChunkWriter(format: format, seed: UInt64(id)) {
            ledger.expulsion(of: id) != nil || log.bytesBehind(reader: id) > slowReaderBytes
        }
        var cause = ClosureCause.client
        do throws(Socket.SendError) {
            try send(head, to: socket)
            try sendAgain(writer: &writer, to: socket)
            if ledger.markReady(id) >= waitFor { log.release() }
            cause = try stream(
                from: &cursor, openedAt: openedAt, writer: &writer, socket: &socket)
        } catch {
            switch error {
            case .closed: cause = .client
            case .abandoned: cause = ledger.expulsion(of: id) ?? .slowReader
            }
        }
        log.close(reader: id)
        ledger.close(id, cause: cause)
    }

    private func stream(
        from cursor: inout Cursor,
        openedAt: Int,
        writer: inout ChunkWriter,
        socket: inout Socket
    ) throws(Socket.SendError) -> ClosureCause {
        var isContinuing = false
        var lastSentAt = MonotonicClock.seconds
        var warnedAt = -Self.warningSeconds
        while true {
            if socket.isClosedByPeer { return .client }
            if let expulsion = ledger.expulsion(of: id) {
                try sayGoodbye(expulsion, writer: writer, to: socket)
                return expulsion
            }
            if let fault = board.takeDue(
                zone: zone, at: cursor.post, openedAt: openedAt, hasPost: log.hasPost(at: cursor))
            {
                switch try suffer(fault, at: &cursor, writer: writer, socket: &socket) {
                case .ended(let cause): return cause
                case .goesOn: continue
                }
            }
            let limit = board.boundary(zone: zone, at: cursor.post, openedAt: openedAt)
            let batch = log.read(&cursor, reader: id, before: limit)
            let now = MonotonicClock.seconds
            if batch.isEmpty {
                if now - lastSentAt >= keepAliveSeconds {
                    try writer.writeKeepAlive(to: socket)
                    ledger.count(zone: zone) { $0.keepAlives += 1 }
                    lastSentAt = now
                }
                log.waitForLines(
                    at: cursor, atMost: min(Self.pollSeconds, keepAliveSeconds / 4))
                continue
            }
            let behind = log.bytesBehind(reader: id)
            if behind > slowReaderBytes { return .slowReader }
            if case .v1(_, warnsOfStalls: true) = format,
                Double(behind) > Self.warningShare * Double(slowReaderBytes),
                now - warnedAt >= Self.warningSeconds
            {
                warnedAt = now
                let warning = StreamFormat.stallWarning(
                    percentFull: behind * 100 / slowReaderBytes)
                try writer.write(message: warning, to: socket)
            }
            let keep = board.keep(zone: zone, at: batch.posts.lowerBound)
            if keep > 1 {
                try sendPart(of: batch.posts, keeping: keep, writer: &writer, to: socket)
                lastSentAt = MonotonicClock.seconds
                continue
            }
            let style = board.style(zone: zone, at: batch.posts.lowerBound)
            try writer.write(batch, style: style, to: socket)
            lastSentAt = MonotonicClock.seconds
            let isContinuation = isContinuing
            ledger.count(zone: zone) { counts in
                counts.deliver(batch.posts, to: id, continuing: isContinuation)
                counts.notices += batch.noticeCount
            }
            isContinuing = true
        }
    }

    /// Of the posts one in so many, and no notices.
    private func sendPart(
        of posts: Range<Int>, keeping keep: Int, writer: inout ChunkWriter,
        to socket: borrowing Socket
    ) throws(Socket.SendError) {
        let kept = posts.filter { $0.isMultiple(of: keep) }.map { $0..<$0 + 1 }
        let batch = log.posts(kept)
        if !batch.isEmpty { try writer.write(batch, style: .whole, to: socket) }
        ledger.count(zone: zone) { counts in
            for post in kept { counts.deliver(post, to: id, continuing: true) }
        }
    }

    private func suffer(
        _ fault: Fault, at cursor: inout Cursor, writer: ChunkWriter, socket: inout Socket
    ) throws(Socket.SendError) -> Outcome {
        switch fault.kind {
        case .cut:
            let batch = log.read(&cursor, reader: id, before: cursor.post + 1)
            if let end = batch.lineEnds.first {
                try writer.writeHalf(of: Array(batch.bytes[..<end]), to: socket)
            }
            if fault.resets { socket.resetOnClose() }
            return .ended(fault.resets ? .reset : .fault)
        case .hangup:
            if fault.resets { socket.resetOnClose() }
            return .ended(fault.resets ? .reset : .fault)
        case .end:
            try writer.writeEnd(to: socket)
            return .ended(.fault)
        case .disconnectNotice:
            try writer.write(
                message: format.disconnectMessage(type: fault.type), to: socket)
            ledger.count(zone: zone) { $0.notices += 1 }
            if fault.staysOpen { return keepSilent(until: nil, socket: socket) }
            try writer.writeEnd(to: socket)
            return .ended(.fault)
        case .stall:
            return keepSilent(until: fault.until, socket: socket)
        case .refuse, .refuseAPI, .again, .slow, .split, .partial, .revoke, .clear:
            preconditionFailure("\(fault.kind) does not befall an open connection")
        }
    }

    private func keepSilent(until post: Int?, socket: borrowing Socket) -> Outcome {
        while true {
            if socket.isClosedByPeer { return .ended(.client) }
            if let expulsion = ledger.expulsion(of: id) { return .ended(expulsion) }
            if let post, log.counts.posts >= post { return .goesOn }
            log.wait(atMost: Self.pollSeconds)
        }
    }

    private func sendAgain(
        writer: inout ChunkWriter, to socket: borrowing Socket
    ) throws(Socket.SendError) {
        let count = board.takeRepeat(zone: zone, at: log.counts.posts)
        guard count > 0 else { return }
        let posts = ledger.zones[zone]?.lastPosts(count) ?? []
        let batch = log.posts(posts)
        guard !batch.isEmpty else { return }
        try writer.write(batch, style: .whole, to: socket)
        ledger.count(zone: zone) { counts in
            counts.delivered += batch.lineEnds.count
            counts.repeated += batch.lineEnds.count
        }
    }

    private func sayGoodbye(
        _ cause: ClosureCause, writer: ChunkWriter, to socket: borrowing Socket
    ) throws(Socket.SendError) {
        guard case .v1 = format, cause == .duplicate else { return }
        // The writer of the session would give up at once, since the connection is to close.
        let deadline = MonotonicClock.seconds + Self.farewellSeconds
        let farewell = ChunkWriter(format: format, seed: 0) {
            MonotonicClock.seconds > deadline
        }
        try farewell.write(message: format.disconnectMessage(type: "7"), to: socket)
        try farewell.writeEnd(to: socket)
    }

    private func send(_ bytes: [UInt8], to socket: borrowing Socket) throws(Socket.SendError) {
        var failure: Socket.SendError?
        bytes.withUnsafeBytes { buffer in
            do throws(Socket.SendError) {
                try socket.send(buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
