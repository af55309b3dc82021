import ArgumentParser

/// The zones an option names.
func zoneNames(_ text: String, option: String) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for name in names {
        let isSound = name.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "-")
        }
        guard !name.isEmpty, isSound else {
            throw ValidationError("\(option) \(text): a zone is named in a-z, 0-9 and -")
        }
    }
    guard Set(names).count == names.count else {
        throw ValidationError("\(option) \(text): a zone is named twice")
    }
    return names
}
