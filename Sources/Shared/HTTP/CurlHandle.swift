import CCurl

/// Owns one easy handle of libcurl, set up for one transfer. Its pointers stay in this file.
final class CurlHandle {
    let transfer: Transfer
    let pointer: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    /// libcurl's own buffers; larger ones save system calls on fast networks.
    private static let bufferBytes = 256 << 10

    init(_ transfer: Transfer, options: HTTPClient.Options) throws(HTTPError) {
        guard let pointer = curl_easy_init() else {
            throw HTTPError(.invalidRequest, "libcurl has no memory for another transfer")
        }
        self.pointer = pointer
        self.transfer = transfer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, to: UnsafeMutableRawPointer(errorText))
        setConnection(options)
        setTimeouts(transfer.ticket.request.timeouts)
        try setHeaders()
        setMethod()
        setCallbacks()
    }

    /// - Precondition: the handle was removed from its multi handle.
    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// What the transfer came to, given libcurl's verdict.
    func outcome(_ result: CURLcode) -> TransferTicket.Outcome {
        if let failure = transfer.failure { return .failure(failure.about(request)) }
        guard result == CURLE_OK else { return .failure(error(result)) }
        return Result { () throws(HTTPError) in try transfer.response() }
            .mapError { $0.about(request) }
    }

    private var request: HTTPRequest { transfer.ticket.request }

    private func error(_ result: CURLcode) -> HTTPError {
        let detail = String(cString: errorText)
        let text = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        return HTTPError(HTTPError.Code(result, hasReachedServer: hasReachedServer), text)
            .about(request)
    }

    /// Whether a connection was made, so that a time-out can be told from one while connecting.
    private var hasReachedServer: Bool {
        var microseconds: curl_off_t = 0
        ccurl_getinfo_offset(pointer, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        return microseconds > 0
    }

    private func setConnection(_ options: HTTPClient.Options) {
        set(CURLOPT_URL, to: request.url)
        ccurl_allow_http_only(pointer)
        set(CURLOPT_HTTP_VERSION, to: CURL_HTTP_VERSION_1_1)
        set(CURLOPT_PATH_AS_IS, to: 1)
        set(CURLOPT_FOLLOWLOCATION, to: 0)
        set(CURLOPT_SSLVERSION, to: CURL_SSLVERSION_TLSv1_2)
        set(CURLOPT_SSL_VERIFYPEER, to: 1)
        set(CURLOPT_SSL_VERIFYHOST, to: 2)
        if let path = options.certificateAuthorities { set(CURLOPT_CAINFO, to: path) }
        if !request.usesProxy { set(CURLOPT_NOPROXY, to: "*") }
        set(CURLOPT_USERAGENT, to: options.userAgent)
        // Signals belong to the program; libcurl would use SIGALRM and SIGPIPE.
        set(CURLOPT_NOSIGNAL, to: 1)
        set(CURLOPT_TCP_KEEPALIVE, to: 1)
        set(CURLOPT_BUFFERSIZE, to: Self.bufferBytes)
        set(CURLOPT_UPLOAD_BUFFERSIZE, to: Self.bufferBytes)
    }

    private func setTimeouts(_ timeouts: HTTPTimeouts) {
        set(CURLOPT_CONNECTTIMEOUT_MS, to: Int(timeouts.connect.wholeMilliseconds))
        set(CURLOPT_LOW_SPEED_LIMIT, to: 1)
        set(CURLOPT_LOW_SPEED_TIME, to: max(1, Int(timeouts.stall.components.seconds)))
        if let total = timeouts.total {
            set(CURLOPT_TIMEOUT_MS, to: max(1, Int(total.wholeMilliseconds)))
        }
    }

    private func setHeaders() throws(HTTPError) {
        for field in request.headers.fields {
            // A line end would begin another header, or the body.
            guard !(field.name + field.value).utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
            else {
                throw HTTPError(.invalidRequest, "header \(field.name) has a control character")
            }
            // libcurl takes a field without a value only in this form.
            append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // The pause for `100 Continue` costs a round trip, or a second where nobody answers it.
        append("Expect:")
        ccurl_setopt_list(pointer, CURLOPT_HTTPHEADER, headerList)
    }

    private func setMethod() {
        switch request.method {
        case .get:
            set(CURLOPT_HTTPGET, to: 1)
        case .head:
            set(CURLOPT_NOBODY, to: 1)
        case .delete:
            set(CURLOPT_CUSTOMREQUEST, to: request.method.rawValue)
        case .put, .post:
            set(CURLOPT_UPLOAD, to: 1)
            set(CURLOPT_CUSTOMREQUEST, to: request.method.rawValue)
            ccurl_setopt_offset(
                pointer, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.byteCount))
            // Where a kept-alive connection is dead, libcurl sends a request again by itself
            // unless it would have to rewind a body: an empty one needs a connection of its own.
            set(CURLOPT_FRESH_CONNECT, to: request.body.byteCount == 0 ? 1 : 0)
        }
    }

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        set(CURLOPT_PRIVATE, to: Unmanaged.passUnretained(self).toOpaque())
        set(CURLOPT_HEADERDATA, to: context)
        ccurl_setopt_callback(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            CurlHandle.transfer(context).receiveHeader(line)
            return size * count
        }
        set(CURLOPT_WRITEDATA, to: context)
        ccurl_setopt_callback(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
            // Any other number than the one given stops the transfer.
            return CurlHandle.transfer(context).receiveBody(chunk) ? size * count : 0
        }
        set(CURLOPT_READDATA, to: context)
        ccurl_setopt_callback(pointer, CURLOPT_READFUNCTION) { bytes, size, count, context in
            let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            return CurlHandle.transfer(context).sendBody(into: buffer)
                ?? Int(CURL_READFUNC_ABORT)
        }
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl lost the context of a callback") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func append(_ line: String) {
        headerList = curl_slist_append(headerList, line)
    }

    private func set(_ option: CURLoption, to value: Int) {
        check(ccurl_setopt_long(pointer, option, value), option)
    }

    private func set(_ option: CURLoption, to value: String) {
        check(ccurl_setopt_string(pointer, option, value), option)
    }

    private func set(_ option: CURLoption, to value: UnsafeMutableRawPointer) {
        check(ccurl_setopt_pointer(pointer, option, value), option)
    }

    private func check(_ result: CURLcode, _ option: CURLoption) {
        precondition(result == CURLE_OK, "libcurl refuses option \(option.rawValue)")
    }
}

extension HTTPError {
    /// The same failure, with the request it happened to in front.
    func about(_ request: HTTPRequest) -> HTTPError {
        HTTPError(code, "\(request.summary): \(message)")
    }
}

extension HTTPError.Code {
    init(_ result: CURLcode, hasReachedServer: Bool) {
        switch result {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT:
            self = .invalidRequest
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
            CURLE_SSL_CONNECT_ERROR:
            self = .cannotConnect
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            self = .untrusted
        case CURLE_OPERATION_TIMEDOUT:
            self = hasReachedServer ? .timedOut : .cannotConnect
        default:
            self = .cut
        }
    }
}
