import Shared

/// When the posts of a foreign file were made, as their ids say.
///
/// Ids from before snowflakes say no time. They count only where a file has no others.
struct FileTimes {
    typealias Span = SegmentManifest.ReceivedSpan

    /// From the first post to the last.
    let span: Span
    /// What the file may claim, in its own order: a piece ends where lines may be lost, and within it
    /// each hour without a post. Never empty.
    let pieces: [Span]
}

extension FileTimes {
    /// Takes ids in the order of the file.
    struct Tally {
        private var pieces: [ClosedRange<TweetID>] = []
        /// Of the piece that is being read.
        private var hours: [Partition: ClosedRange<TweetID>] = [:]
        private var timeless: ClosedRange<TweetID>?

        mutating func add(_ id: TweetID) {
            if id.saysTime {
                let hour = id.partition
                hours[hour] = Self.widened(hours[hour], by: id)
            } else {
                timeless = Self.widened(timeless, by: id)
            }
        }

        mutating func endPiece() {
            var last: Int64?
            for (hour, ids) in hours.sorted(by: { $0.key < $1.key }) {
                if let end = pieces.indices.last, last.map({ $0 + 1 }) == hour.hoursSince1970 {
                    pieces[end] = pieces[end].lowerBound...ids.upperBound
                } else {
                    pieces.append(ids)
                }
                last = hour.hoursSince1970
            }
            hours = [:]
        }

        /// Nil where there was no id.
        mutating func finish() -> FileTimes? {
            endPiece()
            let all = pieces.isEmpty ? timeless.map { [$0] } ?? [] : pieces
            guard let first = all.map(\.lowerBound).min(), let last = all.map(\.upperBound).max()
            else { return nil }
            let spans = all.map(Self.span)
            // A post by itself stands for no time, and may be one whose id is damaged.
            let pieces = spans.filter { $0.first < $0.last }
            return FileTimes(
                span: Self.span(first...last), pieces: pieces.isEmpty ? [spans[0]] : pieces)
        }

        private static func widened(
            _ ids: ClosedRange<TweetID>?, by id: TweetID
        ) -> ClosedRange<TweetID> {
            ids.map { min($0.lowerBound, id)...max($0.upperBound, id) } ?? id...id
        }

        private static func span(_ ids: ClosedRange<TweetID>) -> Span {
            Span(first: ids.lowerBound.creationTime, last: ids.upperBound.creationTime)
        }
    }
}
