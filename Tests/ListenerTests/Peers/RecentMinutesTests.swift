import Shared
import TestSupport
import Testing

@testable import listener

struct RecentMinutesTests {
    /// The beginning of a minute.
    private static let start = Timestamp(milliseconds: 1_795_000_020_000)

    private static func time(_ seconds: Int) -> Timestamp {
        start.advanced(by: .seconds(seconds))
    }

    /// As X makes them: milliseconds since 2010-11-04T01:42:54.657Z above 22 other bits.
    private static func id(_ seconds: Int) throws -> TweetID {
        try #require(TweetID((time(seconds).milliseconds - 1_288_834_974_657) << 22 + 7))
    }

    /// Connected at `since`, then a record for each id, received when it was made.
    private static func minutes(
        since: Int, _ ids: [Int] = [], offset: Duration? = nil, kind: ConnectionKind = .live
    ) throws -> RecentMinutes {
        var minutes = RecentMinutes()
        minutes.connected(
            ConnectionOpening(kind: kind, clockOffset: offset), at: time(since))
        for second in ids { minutes.count(try id(second), at: time(second)) }
        return minutes
    }

    /// Seconds and records of the minutes that are whole at a second.
    private static func whole(_ minutes: RecentMinutes, at second: Int) -> [[Int]] {
        minutes.whole(at: time(second)).map {
            [Int($0.minute.milliseconds - start.milliseconds) / 1000, $0.records]
        }
    }

    @Test func `a minute is whole once its latest records have had time to come`() throws {
        let minutes = try Self.minutes(since: 0, [0, 59, 60])
        #expect(Self.whole(minutes, at: 89) == [])
        #expect(Self.whole(minutes, at: 90) == [[0, 2]])
        #expect(Self.whole(minutes, at: 150) == [[0, 2], [60, 1]])
    }

    @Test func `a minute in which nothing came counts as none`() throws {
        let minutes = try Self.minutes(since: 0, [61])
        #expect(Self.whole(minutes, at: 210) == [[0, 0], [60, 1], [120, 0]])
    }

    @Test func `a minute that the connection did not see from its beginning does not count`() throws
    {
        #expect(Self.whole(try Self.minutes(since: 1, [2, 61]), at: 150) == [[60, 1]])
    }

    @Test func `a record counts for when it was made, however late it comes`() throws {
        var minutes = try Self.minutes(since: 0, [10])
        minutes.count(try Self.id(20), at: Self.time(200))
        #expect(Self.whole(minutes, at: 210).first == [0, 2])
    }

    @Test func `posts from before the connection do not count`() throws {
        var minutes = try Self.minutes(since: 0, kind: .backfill)
        for second in [-200, -1, 0, 1] { minutes.count(try Self.id(second), at: Self.time(1)) }
        #expect(Self.whole(minutes, at: 90) == [[0, 2]])
    }

    @Test func `what was counted goes with its connection`() throws {
        var minutes = try Self.minutes(since: 0, [10])
        minutes.disconnected()
        minutes.count(try Self.id(20), at: Self.time(20))
        #expect(Self.whole(minutes, at: 90) == [])
        minutes.connected(ConnectionOpening(kind: .live), at: Self.time(60))
        minutes.count(try Self.id(70), at: Self.time(70))
        #expect(Self.whole(minutes, at: 150) == [[60, 1]])
    }

    @Test func `what was counted goes with the selection it was asked for by`() throws {
        var minutes = try Self.minutes(since: 0, [10])
        minutes.select("a", at: Self.time(61))
        minutes.count(try Self.id(62), at: Self.time(62))
        minutes.count(try Self.id(125), at: Self.time(125))
        minutes.select("a", at: Self.time(130))
        #expect(Self.whole(minutes, at: 210) == [[120, 1]])
    }

    @Test func `a recovery of the past is not compared`() throws {
        let minutes = try Self.minutes(since: 0, [10], kind: .recovery)
        #expect(Self.whole(minutes, at: 90) == [])
        #expect(!minutes.isConnected)
    }

    @Test func `a clock that is wrong is put right by the server's`() throws {
        // Ours is ten minutes ahead: what it calls 600 is 0.
        var minutes = try Self.minutes(since: 600, offset: .seconds(-600))
        minutes.count(try Self.id(10), at: Self.time(610))
        #expect(Self.whole(minutes, at: 690) == [[0, 1]])
        #expect(minutes.corrected(Self.time(600)) == Self.time(0))
    }

    @Test func `a server that lives before 1970 makes no minutes and does no harm`() throws {
        var minutes = try Self.minutes(since: 0, [10], offset: .seconds(-4_000_000_000))
        minutes.count(try #require(TweetID(5)), at: Self.time(70))
        #expect(Self.whole(minutes, at: 150) == [])
    }

    @Test func `ids without a time count for when they came`() throws {
        var minutes = try Self.minutes(since: 0)
        minutes.count(try #require(TweetID(5)), at: Self.time(10))
        minutes.count(try #require(TweetID(Int64.max)), at: Self.time(70))
        #expect(Self.whole(minutes, at: 150) == [[0, 1], [60, 1]])
    }

    @Test func `an hour is remembered and no more`() throws {
        let minutes = try Self.minutes(since: 0, Array(stride(from: 0, to: 7200, by: 60)))
        let whole = Self.whole(minutes, at: 7230)
        #expect(whole.count == 60)
        #expect(whole.first == [3600, 1])
        #expect(whole.last == [7140, 1])
    }
}
