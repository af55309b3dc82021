/// What ends a line of a stream.
enum StreamTerminator: Sendable {
    /// X: posts may hold a bare LF between JSON tokens, but never a CR.
    case crlf
    /// Everything else; one CR before the LF belongs to the terminator.
    case lf
}
