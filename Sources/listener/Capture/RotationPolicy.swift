import Shared

/// When an open segment is sealed: by size, by age aligned to the clock, or because somebody asked.
struct RotationPolicy: Equatable {
    /// Compressed.
    var segmentBytesMax: Int
    /// Segments end at multiples of this since 1970, so that those of all zones cover equal spans.
    var segmentAge: Duration

    /// The moment at which a segment that was opened at `start` is due, however little came.
    func deadline(openedAt start: Timestamp) -> Timestamp {
        let age = max(1, segmentAge.wholeMilliseconds)
        return Timestamp(milliseconds: (start.milliseconds / age + 1) * age)
    }

    func isDue(openedAt start: Timestamp, estimatedBytes: Int, now: Timestamp) -> Bool {
        estimatedBytes >= segmentBytesMax || now >= deadline(openedAt: start)
    }
}
