import Shared

/// Ids of tweets as people hand them over: typed, or in a file, separated by white space.
enum IDSource {
    /// What stands for standard input in the place of a file.
    static let standardInput = "-"

    static func parse(_ text: some StringProtocol) throws(ConfigurationError) -> TweetID {
        guard let id = TweetID(text) else {
            throw ConfigurationError("\"\(text.prefix(textMax))\" is not a tweet id")
        }
        return id
    }

    static func read(_ file: String) throws -> [TweetID] {
        let path = file == standardInput ? "/dev/stdin" : file
        let blanks = " \t\r\n".utf8
        return try LocalFile.contents(of: path).split { blanks.contains($0) }
            .map { try parse(String(decoding: $0, as: UTF8.self)) }
    }

    /// How much of what is no id is repeated.
    private static let textMax = 40
}
