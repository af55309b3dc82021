import Shared

/// How numbers are written for people. A percentage is never rounded up to a whole that was not
/// reached.
enum Figures {
    /// `1,234,567`.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "−" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// Keeps a number and its unit on one line.
    static let space = "\u{A0}"

    /// `1 zone`, `3 zones`.
    static func count(_ number: Int, _ noun: String, _ nouns: String? = nil) -> String {
        grouped(number) + space + (number == 1 ? noun : nouns ?? noun + "s")
    }

    /// With a fixed number of decimals.
    static func decimal(
        _ number: Double, places: Int, _ rule: FloatingPointRoundingRule = .toNearestOrEven
    ) -> String {
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let scaled = (number * Double(scale)).rounded(rule)
        guard let units = Int(exactly: scaled) else {
            return number.isNaN ? "unknown" : number < 0 ? "−∞" : "∞"
        }
        let rest = String(units.magnitude % UInt(scale))
        let whole = grouped(Int(units.magnitude / UInt(scale)))
        let text =
            places == 0
            ? whole : whole + "." + String(repeating: "0", count: places - rest.count) + rest
        return units < 0 ? "−" + text : text
    }

    /// Of tweets that nobody counted: with one decimal where there are few.
    static func estimated(
        _ number: Double, _ rule: FloatingPointRoundingRule = .toNearestOrEven
    ) -> String {
        decimal(number, places: abs(number) < 10 ? 1 : 0, rule)
    }

    /// `99.970 %`, rounded down if nothing else is asked for.
    static func percent(_ percent: Double, _ rule: FloatingPointRoundingRule = .down) -> String {
        decimal(percent, places: 3, rule) + space + "%"
    }

    /// `2 h 05 min`, `3 min 07 s`, `12.345 s`, `345 ms`, `4 d 2 h`. Nothing is rounded away.
    static func duration(_ milliseconds: Int64) -> String {
        guard milliseconds >= 1000 else { return "\(milliseconds)\(space)ms" }
        var rest = milliseconds / 1000
        let fraction = milliseconds % 1000
        var parts: [String] = []
        for (seconds, unit) in [(86_400, "d"), (3600, "h"), (60, "min")] as [(Int64, String)] {
            // Up to three days are more readily understood as hours.
            if unit == "d", rest < 3 * seconds { continue }
            let count = rest / seconds
            rest %= seconds
            guard count > 0 else { continue }
            let digits = parts.isEmpty || unit != "min" ? String(count) : padded(count, 2)
            parts.append(digits + space + unit)
        }
        if rest > 0 || fraction > 0 {
            let digits = parts.isEmpty ? String(rest) : padded(rest, 2)
            parts.append(digits + (fraction > 0 ? "." + padded(fraction, 3) : "") + space + "s")
        }
        return parts.joined(separator: " ")
    }

    /// `2026-11-22 18:00:00`, with milliseconds where there are some.
    static func moment(_ time: Timestamp) -> String {
        let text = time.description
        let day = text.prefix(10)
        let clock = text.dropFirst(11).dropLast(text.hasSuffix(".000Z") ? 5 : 1)
        return "\(day) \(clock)"
    }

    /// `2026-11-22 18:00`.
    static func minute(_ time: Timestamp) -> String {
        let text = time.description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// For an axis: `1.5k`, `20M`.
    static func short(_ number: Double) -> String {
        for (size, suffix) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where number >= size {
            return trimmed(number / size, places: 2) + suffix
        }
        return trimmed(number, places: 2)
    }

    /// Without zeros at the end of the fraction, nor commas: as SVG wants it.
    static func trimmed(_ number: Double, places: Int) -> String {
        var text = decimal(number, places: places).filter { $0 != "," }
        if number < 0 { text = "-" + text.dropFirst() }
        guard text.contains(".") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// Words in a row: `a`, `a and b`, `a, b and c`.
    static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
