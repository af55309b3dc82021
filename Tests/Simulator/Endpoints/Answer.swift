/// What a request leads to.
enum Answer {
    case response(HTTPResponse)
    case stream(StreamSession, head: [UInt8], secondsBack: Double)
    case silence(resets: Bool)
}
