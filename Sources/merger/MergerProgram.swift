import Shared

/// What the program calls itself.
enum MergerProgram {
    static let name = "merger"
    static let software = "tributary-merger/\(BuildVersion.text)"
}
