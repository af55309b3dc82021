import Shared

/// What the program calls itself.
enum ListenerProgram {
    static let name = "listener"
    static let software = "tributary-listener/\(BuildVersion.text)"
}
