/// What was seen in one minute of the span while the same zones were connected.
struct CaptureStratum {
    /// Bits of the zones that were connected throughout.
    var connected: UInt64
    /// How long, in milliseconds; a minute at most.
    var milliseconds: Int64
    /// Tweets by the bits of exactly those connected zones that saw them; never empty sets.
    var counts: [UInt64: Int]
    /// Bits of the zones that asked for the same and were recovered.
    var recovered: UInt64 = 0
    /// Tweets that none of the connected zones saw, and another that asked for the same brought.
    var found = 0

    /// Whether two zones can be compared in it.
    var isComparable: Bool { connected.nonzeroBitCount >= 2 }

    var tweets: Int { counts.values.reduce(0, +) }
}
