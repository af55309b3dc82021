/// A moment of UTC, in milliseconds since 1970-01-01T00:00:00Z. Leap seconds are not counted.
package struct Timestamp: Hashable, Comparable, Sendable {
    package static let millisecondsPerHour: Int64 = 3_600_000
    package static let millisecondsPerDay: Int64 = 86_400_000

    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS`, then optionally a point and 1 to 9 digits, then `Z`. Digits
    /// below the millisecond are cut off. Nil for a date that does not exist.
    package init?(_ text: some StringProtocol) {
        var scanner = DigitScanner(Array(text.utf8))
        guard let date = scanner.date(separator: "-"), scanner.skip("T"),
            let time = scanner.time(separator: ":")
        else { return nil }
        let fraction = scanner.fraction()
        guard let fraction, scanner.skip("Z"), scanner.isAtEnd else { return nil }
        self.init(milliseconds: date * Self.millisecondsPerDay + time + fraction)
    }

    /// Reads ``compactDescription``.
    package init?(compact text: some StringProtocol) {
        var scanner = DigitScanner(Array(text.utf8))
        guard let date = scanner.date(separator: nil), scanner.skip("T"),
            let time = scanner.time(separator: nil), let fraction = scanner.fraction(),
            scanner.skip("Z"), scanner.isAtEnd
        else { return nil }
        self.init(milliseconds: date * Self.millisecondsPerDay + time + fraction)
        guard compactDescription == text else { return nil }
    }

    /// `YYYYMMDDTHHMMSS.mmmZ`: sorts as time does and is legal in a file name.
    package var compactDescription: String {
        let parts = civil
        return pad(parts.year, 4) + pad(parts.month, 2) + pad(parts.day, 2) + "T"
            + pad(parts.hour, 2) + pad(parts.minute, 2) + pad(parts.second, 2) + "."
            + pad(parts.millisecond, 3) + "Z"
    }

    /// `YYYY-MM-DD`.
    package var date: String {
        let parts = civil
        return pad(parts.year, 4) + "-" + pad(parts.month, 2) + "-" + pad(parts.day, 2)
    }

    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.wholeMilliseconds)
    }

    package func duration(to later: Timestamp) -> Duration {
        .milliseconds(later.milliseconds - milliseconds)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    var civil: CivilTime { CivilTime(self) }
}

/// RFC 3339 with milliseconds: `2026-11-22T18:00:00.000Z`.
extension Timestamp: CustomStringConvertible {
    package var description: String {
        let parts = civil
        return date + "T" + pad(parts.hour, 2) + ":" + pad(parts.minute, 2) + ":"
            + pad(parts.second, 2) + "." + pad(parts.millisecond, 3) + "Z"
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an RFC 3339 time in UTC")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Duration {
    /// Rounded towards zero.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    package var inSeconds: Double { self / .seconds(1) }
}

/// A `Timestamp` in parts of the proleptic Gregorian calendar.
struct CivilTime {
    var year, month, day, hour, minute, second, millisecond: Int64

    /// Days are turned into a date by counting years from March, so that a leap day ends its year;
    /// 146,097 days make a cycle of 400 years, and 719,468 days lie between 0000-03-01 and 1970.
    init(_ time: Timestamp) {
        let days = time.milliseconds.flooredQuotient(by: Timestamp.millisecondsPerDay)
        let rest = time.milliseconds - days * Timestamp.millisecondsPerDay
        let shifted = days + 719_468
        let cycle = shifted.flooredQuotient(by: 146_097)
        let dayOfCycle = shifted - cycle * 146_097
        let yearOfCycle =
            (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
    }

    /// Days since 1970-01-01, or nil for a date that does not exist.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month) - 1] else { return nil }
        let yearFromMarch = month <= 2 ? year - 1 : year
        let cycle = yearFromMarch.flooredQuotient(by: 400)
        let yearOfCycle = yearFromMarch - cycle * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
        return cycle * 146_097 + dayOfCycle - 719_468
    }
}

/// Reads fixed-width decimal fields.
private struct DigitScanner {
    private var bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
            return false
        }
        position += 1
        return true
    }

    mutating func number(digits: Int) -> Int64? {
        guard position + digits <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[position..<position + digits] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        position += digits
        return value
    }

    /// Days since 1970.
    mutating func date(separator: Unicode.Scalar?) -> Int64? {
        guard let year = number(digits: 4), separator.map({ skip($0) }) ?? true,
            let month = number(digits: 2), separator.map({ skip($0) }) ?? true,
            let day = number(digits: 2)
        else { return nil }
        return CivilTime.days(year: year, month: month, day: day)
    }

    /// Milliseconds since midnight.
    mutating func time(separator: Unicode.Scalar?) -> Int64? {
        guard let hour = number(digits: 2), separator.map({ skip($0) }) ?? true,
            let minute = number(digits: 2), separator.map({ skip($0) }) ?? true,
            let second = number(digits: 2), hour < 24, minute < 60, second < 60
        else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1000
    }

    /// Milliseconds; 0 where no fraction is written.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var digits: [Int64] = []
        while let digit = number(digits: 1) { digits.append(digit) }
        guard (1...9).contains(digits.count) else { return nil }
        return (0..<3).reduce(0) { $0 * 10 + ($1 < digits.count ? digits[$1] : 0) }
    }
}

extension Int64 {
    /// Rounds towards minus infinity, so that times before 1970 keep their order.
    package func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

/// Decimal digits with leading zeros.
func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
