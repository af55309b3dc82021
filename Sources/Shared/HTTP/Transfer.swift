import CCurl

/// One request under way: what libcurl's callbacks read from and write to.
///
/// It belongs to the thread of the transfers from the moment it is started. A callback may not
/// throw, so the first failure is kept and the callback tells libcurl to stop.
final class Transfer {
    let ticket: TransferTicket
    private var requestBody: RequestBody
    private var responseBody: ResponseBody?
    private var status = 0
    private var headers = HTTPHeaders()
    private(set) var failure: HTTPError?

    init(_ ticket: TransferTicket) throws(HTTPError) {
        self.ticket = ticket
        requestBody = try RequestBody(ticket.request.body)
    }

    /// A header line with its CRLF. A status line begins a reply anew: an interim one, such as
    /// `100 Continue`, comes before the one that counts.
    func receiveHeader(_ line: UnsafeRawBufferPointer) {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            status = Int(text.split(separator: " ").dropFirst().first?.prefix(3) ?? "") ?? 0
            headers = HTTPHeaders()
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...]
            headers.append(String(text[..<colon]), String(value.trimmingBlanks()))
        }
    }

    /// - Returns: false to stop the transfer.
    func receiveBody(_ chunk: UnsafeRawBufferPointer) -> Bool {
        keepingFailure { () throws(HTTPError) in
            try openResponseBody()
            try responseBody?.append(chunk)
            return true
        } ?? false
    }

    /// - Returns: nil to stop the transfer.
    func sendBody(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        keepingFailure { () throws(HTTPError) in try requestBody.read(into: buffer) }
    }

    /// What came, once libcurl says that it was all.
    func response() throws(HTTPError) -> HTTPResponse {
        // An empty body never reached `receiveBody`, and its file is still to be made.
        try openResponseBody()
        try responseBody?.finish()
        return HTTPResponse(
            status: status, headers: headers, body: responseBody?.bytes ?? [],
            bodyBytes: responseBody?.byteCount ?? 0, bodyDigest: responseBody?.digest)
    }

    private func openResponseBody() throws(HTTPError) {
        guard responseBody == nil else { return }
        responseBody = try ResponseBody(
            ticket.request.sink, isSuccess: (200..<300).contains(status))
    }

    private func keepingFailure<Value>(_ body: () throws(HTTPError) -> Value) -> Value? {
        do {
            return try body()
        } catch {
            failure = error
            return nil
        }
    }
}
