import Shared

/// Values with both their forms: the one for people, and the exact one for programs.
extension HTML {
    static func count(_ number: Int) -> HTML {
        HTML("data", ["value": "\(number)"]) { Figures.grouped(number) }
    }

    static func duration(_ milliseconds: Int64) -> HTML {
        HTML("data", ["value": "\(milliseconds)"]) { Figures.duration(milliseconds) }
    }

    static func percent(_ percent: Double, _ rule: FloatingPointRoundingRule = .down) -> HTML {
        HTML("data", ["value": "\(percent)"]) { Figures.percent(percent, rule) }
    }

    /// `part` of `whole` in percent; a dash where there is no whole.
    static func share(_ part: Int64, of whole: Int64) -> HTML {
        guard whole > 0 else { return .text("–") }
        return percent(Double(part) * 100 / Double(whole))
    }

    static func share(_ part: Int, of whole: Int) -> HTML { share(Int64(part), of: Int64(whole)) }

    static func estimated(
        _ number: Double, _ rule: FloatingPointRoundingRule = .toNearestOrEven
    ) -> HTML {
        HTML("data", ["value": "\(number)"]) { Figures.estimated(number, rule) }
    }

    static func moment(_ time: Timestamp) -> HTML {
        HTML("time", ["datetime": "\(time)"]) { Figures.moment(time) }
    }

    /// A text that the store brings along: cut to ``ReportLimits/textCharacters``, and its direction
    /// kept to itself.
    static func foreign(_ text: String) -> HTML {
        HTML("bdi") { shortened(text, to: ReportLimits.textCharacters) }
    }

    static func code(_ text: String) -> HTML { HTML("code") { text } }

    static func shortened(_ text: String, to characters: Int) -> String {
        // Of scalars: one character may be made of any number of them.
        let scalars = text.unicodeScalars
        guard scalars.count > characters else { return text }
        return String(String.UnicodeScalarView(scalars.prefix(characters - 1))) + "…"
    }
}
