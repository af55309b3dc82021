/// A moment as the two streams write it.
enum CivilTime {
    static let monthNames: [[UInt8]] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ].map { Array($0.utf8) }
    private static let dayNames: [[UInt8]] = [
        "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed",
    ].map { Array($0.utf8) }
    private static let millisecondsPerDay = 86_400_000

    /// As `2026-11-22T18:00:00.123Z`.
    static func writeISO(_ milliseconds: Int, into builder: inout ByteBuilder) {
        let date = civil(milliseconds / millisecondsPerDay)
        builder.append(date.year, width: 4)
        builder.append("-")
        builder.append(date.month, width: 2)
        builder.append("-")
        builder.append(date.day, width: 2)
        builder.append("T")
        writeClock(milliseconds, into: &builder)
        builder.append(".")
        builder.append(milliseconds % 1000, width: 3)
        builder.append("Z")
    }

    /// As `Sun Nov 22 18:00:00 +0000 2026`.
    static func writeV1(_ milliseconds: Int, into builder: inout ByteBuilder) {
        let days = milliseconds / millisecondsPerDay
        let date = civil(days)
        builder.append(dayNames[days % 7])
        builder.append(" ")
        builder.append(monthNames[date.month - 1])
        builder.append(" ")
        builder.append(date.day, width: 2)
        builder.append(" ")
        writeClock(milliseconds, into: &builder)
        builder.append(" +0000 ")
        builder.append(date.year, width: 4)
    }

    private static func writeClock(_ milliseconds: Int, into builder: inout ByteBuilder) {
        let seconds = milliseconds / 1000 % 86_400
        builder.append(seconds / 3600, width: 2)
        builder.append(":")
        builder.append(seconds / 60 % 60, width: 2)
        builder.append(":")
        builder.append(seconds % 60, width: 2)
    }

    /// Howard Hinnant's `civil_from_days` for days since 1970 that are not negative.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }
}
