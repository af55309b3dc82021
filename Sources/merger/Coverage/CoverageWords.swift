import Shared

/// Figures of coverage as people read them.
enum CoverageWords {
    /// Three decimals, rounded down, so that 100 % is all of it.
    static func percent(_ percent: Double) -> String {
        let thousandths = Int64(percent * 1000)
        return "\(thousandths / 1000).\(pad(thousandths % 1000, 3)) %"
    }

    static func percent(_ part: Int64, of whole: Int64) -> String {
        percent(whole == 0 ? 0 : 100 * Double(part) / Double(whole))
    }

    /// Such as `350 ms`, `59.250 s`, `12 min 3 s`, `2 h 5 min`, `3 d 4 h`: to about a hundredth.
    static func duration(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        let minutes = seconds / 60
        let hours = minutes / 60
        if seconds == 0 { return "\(milliseconds) ms" }
        if minutes == 0 { return "\(seconds).\(pad(milliseconds % 1000, 3)) s" }
        if hours == 0 { return "\(minutes) min \(seconds % 60) s" }
        if hours < 48 { return "\(hours) h \(minutes % 60) min" }
        return "\(hours / 24) d \(hours % 24) h"
    }

    /// Without a decimal where it has none that matter.
    static func count(_ value: Double) -> String {
        value < 10 ? "\((value * 10).rounded() / 10)" : "\(Int64(value.rounded()))"
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
