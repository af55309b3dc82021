/// Why a stream connection is closed.
enum ClosureCause: String, Codable, Sendable {
    /// By the client.
    case client
    /// By a fault.
    case fault
    /// The same credentials opened another connection.
    case duplicate
    /// The client read too slowly.
    case slowReader
    /// By the owner, over the interface for connections.
    case deleted
}
