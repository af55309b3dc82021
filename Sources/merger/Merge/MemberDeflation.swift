private import Dispatch
import Shared
private import Synchronization

/// Deflates members on all processors and hands them back in the order in which they came.
final class MemberDeflation: Sendable {
    struct Deflated {
        /// What was handed in, for its room.
        var raw: [UInt8]
        var member: [UInt8]
    }

    private struct State {
        var waiting: [(number: Int, raw: [UInt8])] = []
        var deflated: [Int: Deflated] = [:]
        /// Members that were written, for their room.
        var spare: [[UInt8]] = []
        var submitted = 0
        var taken = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let workGrew = DispatchSemaphore(value: 0)
    private let resultsGrew = DispatchSemaphore(value: 0)

    /// While each processor has one in hand, another waits for it.
    static let underWayMax = 2 * Cores.count

    init(_ profile: CompressionProfile) {
        for _ in 0..<Cores.count {
            DispatchQueue.global().async { self.work(profile) }
        }
    }

    /// How many members were handed in and not taken back.
    var underWay: Int { state.withLock { $0.submitted - $0.taken } }

    func submit(_ raw: [UInt8]) {
        state.withLock {
            $0.waiting.append(($0.submitted, raw))
            $0.submitted += 1
        }
        workGrew.signal()
    }

    /// The member that was handed in longest ago; waits for it.
    ///
    /// - Precondition: one is under way.
    func next() -> Deflated {
        while true {
            let result = state.withLock { state -> Deflated? in
                precondition(state.taken < state.submitted, "nothing is under way")
                guard let result = state.deflated.removeValue(forKey: state.taken) else {
                    return nil
                }
                state.taken += 1
                return result
            }
            if let result { return result }
            resultsGrew.wait()
        }
    }

    /// Takes a member that is not needed any more.
    func giveBack(_ member: [UInt8]) {
        state.withLock { $0.spare.append(member) }
    }

    /// Ends the threads. What is under way is dropped.
    func close() {
        state.withLock {
            $0.isClosed = true
            $0.waiting.removeAll()
        }
        for _ in 0..<Cores.count { workGrew.signal() }
    }

    private func work(_ profile: CompressionProfile) {
        var deflater = MemberDeflater(profile: profile)
        while true {
            workGrew.wait()
            var member: [UInt8] = []
            let job = state.withLock { state -> (number: Int, raw: [UInt8])? in
                guard !state.isClosed, !state.waiting.isEmpty else { return nil }
                member = state.spare.popLast() ?? []
                return state.waiting.removeFirst()
            }
            guard let job else { return }
            member.removeAll(keepingCapacity: true)
            Stage.deflate.measure(bytes: job.raw.count) {
                job.raw.withUnsafeBytes { deflater.deflate($0, to: &member) }
            }
            state.withLock {
                $0.deflated[job.number] = Deflated(raw: job.raw, member: member)
            }
            resultsGrew.signal()
        }
    }
}
