import Shared

/// What a later start wants to know of the stream, beyond the data that tell and the run that knew
/// it: when it was last heard, since what was posted since may be asked for again, how many attempts
/// were made, and whom the account followed.
///
/// Only a help for that start, so that a disk that refuses it holds nothing up.
struct StreamMemory: Sendable {
    private let heardPath: String
    private let attemptsPath: String
    private let followedPath: String

    init(in spool: String) {
        heardPath = "\(spool)/heard"
        attemptsPath = "\(spool)/attempts"
        followedPath = "\(spool)/followed"
    }

    init(beside file: String) {
        heardPath = "\(file).heard"
        attemptsPath = "\(file).attempts"
        followedPath = "\(file).followed"
    }

    var past: StreamPast {
        let now = Timestamp.now
        let instant = ContinuousClock.now
        return StreamPast(
            lastHeard: lastHeard.map { instant - $0.duration(to: now) },
            wasHeard: LocalDirectory.exists(heardPath),
            attemptsFreeAt: attemptsFreeAt.map { instant + now.duration(to: $0) })
    }

    func noteHeard(at time: Timestamp) {
        if let last = lastHeard, time <= last { return }
        try? write(time.description, to: heardPath)
    }

    /// A moment that has not come yet was written by a clock that was wrong.
    var lastHeard: Timestamp? {
        guard let heard = read(heardPath), heard <= .now else { return nil }
        return heard
    }

    func noteAttempts(freeAt: ContinuousClock.Instant) {
        let wait = ContinuousClock.now.duration(to: freeAt)
        try? write(Timestamp.now.advanced(by: wait).description, to: attemptsPath)
    }

    /// Nil where no attempt counts any more. What lies further off than attempts count was written
    /// by a clock that was wrong.
    var attemptsFreeAt: Timestamp? {
        guard let freeAt = read(attemptsPath), case let wait = Timestamp.now.duration(to: freeAt),
            wait > .zero, wait <= AttemptBudget.window
        else { return nil }
        return freeAt
    }

    /// The accounts that `user` followed when that was last known.
    func followed(by user: String) -> [Int64]? {
        guard let text = try? LocalFile.contents(of: followedPath),
            text.last == UInt8(ascii: "\n")
        else { return nil }
        let lines = text.split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0, as: UTF8.self) }
        let ids = lines.dropFirst().compactMap { Int64($0) }
        guard !ids.isEmpty, lines.first == Self.head(user, ids.count) else { return nil }
        return ids
    }

    func noteFollowed(_ ids: [Int64], by user: String) {
        let lines = [Self.head(user, ids.count)] + ids.map(String.init)
        try? write(lines.map { $0 + "\n" }.joined(), to: followedPath)
    }

    /// With a count, since a loss of power may leave the beginning of the file.
    private static func head(_ user: String, _ count: Int) -> String { "\(user) \(count)" }

    private func read(_ path: String) -> Timestamp? {
        guard let text = try? LocalFile.contents(of: path) else { return nil }
        return Timestamp(String(decoding: text, as: UTF8.self))
    }

    private func write(_ text: String, to path: String) throws {
        let file = try LocalFile.replace(path + ".new")
        try file.write(Array(text.utf8))
        try LocalDirectory.rename(path + ".new", to: path)
    }
}
