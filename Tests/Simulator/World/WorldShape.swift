import ArgumentParser

/// Which of the two shapes the posts of a world have.
enum WorldShape: String, CaseIterable, ExpressibleByArgument, Codable, Sendable {
    case v2
    case v1
    /// Both, post by post, on every endpoint: what a store holds after a move from v1.1 to v2.
    case mixed
}
