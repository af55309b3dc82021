/// The phrases posts are made of: several scripts, emoji, and pieces that look like JSON.
///
/// A text keeps to one script, with emoji and awkward pieces strewn in, as real ones do. Phrases
/// are escaped once, so writing a text is copying bytes.
struct Vocabulary: Sendable {
    /// Pieces that break readers which look for text instead of reading JSON.
    private static let awkward = [
        "\"quoted\"", "C:\\dir\\", "a/b", "{\"id\":\"1234567890123456789\"}", "\"id\":\"42\"",
        "}]}", "\\\"id\\\":", "{\"data\":{\"id\":\"7\"}}", "line\nbreak", "tab\there",
        "&amp; &lt;3",
        "\u{2028}", "\u{85}", "\u{a0}", "…", "\u{1}", "],\"id_str\":\"9\",[", "\\u0022",
    ]
    private static let emoji = [
        "😀", "😂", "🔥", "❤️", "🇯🇵", "👨‍👩‍👧", "🎉", "🙏🏽", "𝒳", "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    ]
    private static let scripts: [(weight: Int, letters: [String], length: ClosedRange<Int>)] = [
        (60, syllables, 1...3),
        (18, range(0x3042, 0x3094) + ["日", "本", "人", "今", "年", "地", "震", "速", "報"], 2...6),
        (8, range(0x627, 0x64A), 2...7),
        (8, range(0x430, 0x450), 2...8),
        (6, range(0xAC00, 0xAC00 + 600), 1...4),
    ]
    private static let syllables = [
        "ba", "be", "co", "da", "de", "di", "er", "fa", "ga", "go", "ha", "in", "ka", "la", "le",
        "lo", "ma", "me", "na", "ne", "on", "or", "pa", "re", "ri", "sa", "si", "sta", "ta", "te",
        "to", "tra", "un", "ve", "vi", "zo", "th", "ing", "ed", "ly",
    ]
    private static let phrasesPerScript = 240

    private struct Phrase {
        var minimal: [UInt8]
        var ascii: [UInt8]

        init(_ text: String) {
            minimal = JSONText.escaped(text, .minimal)
            ascii = JSONText.escaped(text, .ascii)
        }
    }

    private let phrases: [[Phrase]]
    private let oddities: [Phrase]
    private let scriptByPercent: [Int]

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed, item: 0, purpose: 1)
        phrases = Self.scripts.map { script in
            (0..<Self.phrasesPerScript).map { _ in
                Phrase(
                    (0...generator.below(4)).map { _ in
                        let letters = Int.random(in: script.length, using: &generator)
                        return (0..<letters).map { _ in
                            script.letters[generator.below(script.letters.count)]
                        }.joined()
                    }.joined(separator: " "))
            }
        }
        oddities = (Self.awkward + Self.emoji + Self.emoji).map(Phrase.init)
        scriptByPercent = Self.scripts.enumerated().flatMap { index, script in
            Array(repeating: index, count: script.weight)
        }
    }

    /// Writes the inside of a string of that many phrases.
    func write(
        _ count: Int,
        escaping: JSONText.Escaping,
        using generator: inout SeededGenerator,
        into builder: inout ByteBuilder
    ) {
        let script = scriptByPercent[generator.below(scriptByPercent.count)]
        for position in 0..<count {
            if position > 0 { builder.append(" ") }
            let isOdd = generator.below(9) == 0
            let phrase =
                isOdd
                ? oddities[generator.below(oddities.count)]
                : phrases[script][generator.below(Self.phrasesPerScript)]
            builder.append(escaping == .ascii ? phrase.ascii : phrase.minimal)
        }
    }

    /// A handle of ASCII letters and digits.
    func handle(using generator: inout SeededGenerator) -> String {
        (0..<3).map { _ in Self.syllables[generator.below(Self.syllables.count)] }.joined()
            + String(generator.below(9000))
    }

    private static func range(_ from: Int, _ to: Int) -> [String] {
        (from..<to).compactMap { UnicodeScalar($0).map(String.init) }
    }
}
