import CCurl

/// The transfers inside one multi handle, and those that wait for a place in it.
struct RunningTransfers {
    var waiting: [TransferTicket] = []
    private var running: [CurlHandle] = []
    private let multi: UnsafeMutableRawPointer
    private let options: HTTPClient.Options

    init(_ multi: UnsafeMutableRawPointer, _ options: HTTPClient.Options) {
        self.multi = multi
        self.options = options
        ccurl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, options.transfersMax)
    }

    var canStart: Bool { !waiting.isEmpty && running.count < options.transfersMax }

    /// Moves waiting requests into free places, first come, first served.
    mutating func start() {
        while canStart {
            let ticket = waiting.removeFirst()
            do {
                let handle = try CurlHandle(Transfer(ticket), options: options)
                curl_multi_add_handle(multi, handle.pointer)
                running.append(handle)
            } catch {
                ticket.resolve(.failure(error.about(ticket.request)))
            }
        }
    }

    /// Moves bytes, and answers what is over.
    mutating func perform() {
        var count: Int32 = 0
        curl_multi_perform(multi, &count)
        while let message = curl_multi_info_read(multi, &count) {
            guard message.pointee.msg == CURLMSG_DONE,
                let index = running.firstIndex(where: {
                    $0.pointer == message.pointee.easy_handle
                })
            else { continue }
            // The message dies with the removal of its handle.
            let result = ccurl_message_result(message)
            remove(at: index) { $0.outcome(result) }
        }
    }

    mutating func dropCancelled() {
        for index in running.indices.reversed() where running[index].transfer.ticket.isCancelled {
            remove(at: index) { .failure(.cancelled.about($0.transfer.ticket.request)) }
        }
        for ticket in waiting where ticket.isCancelled {
            ticket.resolve(.failure(.cancelled.about(ticket.request)))
        }
        waiting.removeAll { $0.isCancelled }
    }

    mutating func failAll() {
        for index in running.indices.reversed() {
            remove(at: index) { .failure(.shutDown.about($0.transfer.ticket.request)) }
        }
        for ticket in waiting { ticket.resolve(.failure(.shutDown.about(ticket.request))) }
        waiting = []
    }

    private mutating func remove(
        at index: Int, outcome: (CurlHandle) -> TransferTicket.Outcome
    ) {
        let handle = running.remove(at: index)
        let result = outcome(handle)
        curl_multi_remove_handle(multi, handle.pointer)
        handle.transfer.ticket.resolve(result)
    }
}
