/// A rule of a filtered stream, as the server holds it. Rules belong to an app: all zones that use
/// its token share them.
struct StreamRule: Codable, Equatable, Sendable {
    var id: String
    var value: String
    var tag: String?

    /// How a listener knows the rules that are its own to change.
    static func tag(of stream: String) -> String { "tributary:\(stream)" }
}
