import Shared

extension JSONPointer {
    /// What was given with an option, if it was given.
    init?(option: String, _ text: String?) throws(ConfigurationError) {
        guard let text else { return nil }
        guard let pointer = JSONPointer(text) else {
            throw ConfigurationError("\(option) \(text): expected \(Self.expected)")
        }
        self = pointer
    }
}
