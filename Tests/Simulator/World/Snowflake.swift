/// Ids as X makes them: 41 bits of milliseconds, 10 of machine, 12 of sequence.
enum Snowflake {
    /// 2010-11-04T01:42:54.657Z.
    static let epochMilliseconds = 1_288_834_974_657

    static func milliseconds(of id: Int) -> Int {
        id >> 22 + epochMilliseconds
    }
}
