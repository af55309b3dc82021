private import CCurl
import Shared

/// One connection attempt: an easy handle, from its options to its result.
///
/// libcurl calls back only from within ``CurlMulti/perform()`` and ``resume()``, on the thread that
/// calls these. The callbacks copy and do nothing else.
final class CurlTransfer {
    /// hbc, Twitter's own client, gave up after 4 s; TLS through a proxy takes longer.
    static let connectTimeout = Duration.seconds(15)
    /// What is kept of a body that is no stream; more is not read.
    static let answerBytesMax = 64 << 10
    /// The largest that libcurl takes (`CURL_MAX_READ_SIZE`): fewer system calls at high rates.
    static let readBytes = 512 << 10
    /// After this long without a byte the kernel asks the peer whether it is there.
    static let keepAliveIdleSeconds = 30

    let handle: UnsafeMutableRawPointer
    /// Nil where no stream is asked for.
    private let buffer: StreamBuffer?
    private var inflater: StreamInflater?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    private(set) var head = StreamResponseHead()
    /// When the last status line came, by the wall clock.
    private(set) var headAt: Timestamp?
    private(set) var isHeadComplete = false
    private var isPaused = false
    /// The body of a refusal, or of an answer that is no stream.
    private(set) var answerBody: [UInt8] = []
    /// Why the body cannot be gone on with.
    private(set) var bodyFailure: String?

    /// - Parameter buffer: where a stream goes; nil for a request whose answer ends.
    init(
        _ request: StreamRequest, userAgent: String, buffer: StreamBuffer?
    ) throws(StreamError) {
        CurlLibrary.prepare()
        guard let handle = curl_easy_init() else {
            throw StreamError(.ioFailed, "stream: libcurl has no memory for a connection")
        }
        precondition(
            buffer.map { $0.capacity >= Int(CURL_MAX_WRITE_SIZE) } ?? true,
            "a piece must fit when empty")
        self.handle = handle
        self.buffer = buffer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setTransport()
        setSecurity(for: request)
        setRequest(request, userAgent: userAgent)
        setCallbacks()
    }

    /// The multi handle must have let go of it.
    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    var isOpen: Bool { isHeadComplete && head.status == 200 }
    var isRefused: Bool { isHeadComplete && head.status != 200 }
    /// Whether something waits for room in the buffer.
    var isHeldBack: Bool { isPaused || (inflater?.isBlocked ?? false) }
    /// Whether the body ended too early by its own account.
    var isTorn: Bool { inflater?.isInMember ?? false }

    /// Bytes of the body so far as they came over the wire, before any decoding.
    var wireBytes: Int {
        var count: curl_off_t = 0
        ccurl_getinfo_offset(handle, CURLINFO_SIZE_DOWNLOAD_T, &count)
        return Int(count)
    }

    /// What libcurl says about why it failed.
    func errorMessage(of result: Int) -> String {
        let text = String(cString: errorText)
        guard text.isEmpty else { return text }
        return String(cString: curl_easy_strerror(CURLcode(UInt32(result))))
    }

    /// Goes on after the buffer was full. What libcurl held back arrives before this returns, and
    /// may fill the buffer again.
    func resume() {
        if let inflater, let buffer, inflater.isBlocked {
            do throws(GzipError) {
                try inflater.goOn(into: buffer)
            } catch {
                bodyFailure = error.message
            }
        }
        guard isPaused, bodyFailure == nil, !(inflater?.isBlocked ?? false) else { return }
        isPaused = false
        curl_easy_pause(handle, CURLPAUSE_CONT)
    }
}

// MARK: - Options

extension CurlTransfer {
    private func setTransport() {
        // HTTP/1.1 alone: back-pressure is then that of TCP. With HTTP/2 libcurl would take in
        // up to 32 MB of a paused stream.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(Self.connectTimeout.wholeMilliseconds))
        set(CURLOPT_BUFFERSIZE, Self.readBytes)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, Self.keepAliveIdleSeconds)
        set(CURLOPT_TCP_KEEPINTVL, Self.keepAliveIdleSeconds)
        // X asks clients to follow its DNS: each attempt resolves and connects anew.
        set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_FORBID_REUSE, 1)
        // Without this, giving up on a name server that does not answer waits until it has.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        ccurl_setopt_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
    }

    private func setSecurity(for request: StreamRequest) {
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let path = request.certificateAuthorities { set(CURLOPT_CAINFO, path) }
        // A proxy would read, off this host, the credential that plain text to loopback may carry.
        if request.url.isPlainText && request.url.isLoopback {
            set(CURLOPT_PROXY, "")
        }
    }

    private func setRequest(_ request: StreamRequest, userAgent: String) {
        set(CURLOPT_URL, request.url.text)
        set(CURLOPT_USERAGENT, userAgent)
        if request.acceptsGzip {
            addHeader("Accept-Encoding: gzip")
        }
        if request.method == .post {
            let form = request.form.encoded
            set(CURLOPT_POSTFIELDSIZE, form.utf8.count)
            set(CURLOPT_COPYPOSTFIELDS, form)
            // Some servers do not answer 100 Continue, which costs a second of waiting.
            addHeader("Expect:")
        }
        if let authorization = request.authorization {
            addHeader("\(request.authorizationName): " + authorization.revealed)
        }
        ccurl_setopt_list(handle, CURLOPT_HTTPHEADER, headers)
    }

    private func addHeader(_ line: String) {
        guard let longer = curl_slist_append(headers, line) else {
            preconditionFailure("no memory for a header")
        }
        headers = longer
    }

    /// The transfer outlives the callbacks: they come from calls made on it or on the multi handle
    /// that it is removed from before it goes.
    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_setopt_pointer(handle, CURLOPT_HEADERDATA, context)
        ccurl_setopt_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            return CurlTransfer.from(context).takeHeader(
                UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        ccurl_setopt_pointer(handle, CURLOPT_WRITEDATA, context)
        ccurl_setopt_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            return CurlTransfer.from(context).takeBody(
                UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func set(_ option: CURLoption, _ value: Int) {
        let result = ccurl_setopt_long(handle, option, value)
        precondition(result == CURLE_OK, "libcurl does not know option \(option.rawValue)")
    }

    private func set(_ option: CURLoption, _ value: String) {
        let result = ccurl_setopt_string(handle, option, value)
        precondition(result == CURLE_OK, "libcurl does not know option \(option.rawValue)")
    }
}

// MARK: - Callbacks

extension CurlTransfer {
    private static func from(_ context: UnsafeMutableRawPointer) -> CurlTransfer {
        Unmanaged.fromOpaque(context).takeUnretainedValue()
    }

    private func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
        // Trailers come after the body and say nothing about the answer.
        guard !isHeadComplete else { return line.count }
        let text = String(decoding: line, as: UTF8.self)
        if text.allSatisfy(\.isNewline) {
            isHeadComplete = head.status >= 200
        } else {
            head.append(line: text)
            headAt = Timestamp.now
        }
        return line.count
    }

    private func takeBody(_ piece: UnsafeRawBufferPointer) -> Int {
        guard isOpen, let buffer else { return takeAnswer(piece) }
        // What follows damage cannot be told from it.
        guard bodyFailure == nil else { return 0 }
        do throws(GzipError) {
            guard try take(piece, into: buffer) else {
                isPaused = true
                return Int(CURL_WRITEFUNC_PAUSE)
            }
            return piece.count
        } catch {
            bodyFailure = error.message
            return 0
        }
    }

    /// - Returns: false where the piece must be offered again.
    private func take(
        _ piece: UnsafeRawBufferPointer, into buffer: StreamBuffer
    ) throws(GzipError) -> Bool {
        switch head.contentEncoding {
        case nil, "identity":
            return buffer.append(piece)
        case "gzip", "x-gzip":
            let inflater = inflater ?? StreamInflater()
            self.inflater = inflater
            guard !inflater.isBlocked else { return false }
            try inflater.take(piece, into: buffer)
            return true
        case .some(let encoding):
            throw GzipError(.corrupt, "the server sends \(encoding), which nobody asked for")
        }
    }

    /// Taking less than was offered ends the transfer; the status is known by then.
    private func takeAnswer(_ piece: UnsafeRawBufferPointer) -> Int {
        let room = Self.answerBytesMax - answerBody.count
        answerBody.append(contentsOf: piece.prefix(room))
        return min(piece.count, room)
    }
}
