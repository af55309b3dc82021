import Shared

/// When a partition that gets nothing but notices is written: with all others, or once a day.
///
/// Notices of tweets of the past touch any hour of it. Were each run to rewrite all of these hours, a
/// run of five minutes would cost as much as the archive is long. A function of the manifests and
/// the moment alone, so nothing has to be remembered between runs.
struct DeletionSweep: Sendable {
    enum Schedule: String, CaseIterable, Sendable {
        /// By the first run behind the end of the day in which the notices were received.
        case daily
        case now
    }

    let schedule: Schedule
    /// When the run began.
    let now: Timestamp

    /// How long after a day of UTC has ended its notices are due: by then every zone has shipped
    /// what it began in that day, and each hour is written once.
    static let delay = Duration.seconds(3600)

    /// Whether a partition can wait whose object is as its index wants it.
    ///
    /// - Parameter new: the segments that it has not admitted.
    func defers(_ new: [SegmentManifest], in partition: Partition) -> Bool {
        guard schedule == .daily, !new.isEmpty else { return false }
        return new.allSatisfy { manifest in
            manifest.name.homePartition != partition
                && manifest.hours.allSatisfy { $0.hour != partition || $0.records == 0 }
                && !isDue(manifest)
        }
    }

    private func isDue(_ manifest: SegmentManifest) -> Bool {
        manifest.name.start.date
            < Timestamp(milliseconds: now.milliseconds - Self.delay.wholeMilliseconds).date
    }
}
