/// Why a stream connection is closed.
enum ClosureCause: String, Codable, Sendable {
    /// By the client.
    case client
    /// By a fault.
    case fault
    /// By a fault, with a TCP reset: what the client had not read may be lost.
    case reset
    /// The same credentials opened another connection.
    case duplicate
    /// The client read too slowly.
    case slowReader
    /// By the owner, over the interface for connections.
    case deleted
}
