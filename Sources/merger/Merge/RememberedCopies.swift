/// Copies of members that were read ahead of the first slice, of which no lines are held.
struct RememberedCopies {
    private let bytesMax: Int
    /// Ascending by id, then rank, once sorted.
    private var copies: [LoadedCopy] = []
    private var takenCount = 0
    private var members: Set<SliceLoader.Job> = []

    /// - Parameter bytesMax: what they may take; those of further members are not remembered.
    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    mutating func add(_ more: [LoadedCopy], of member: SliceLoader.Job) {
        let count = copies.count + more.count
        guard count * MemoryLayout<LoadedCopy>.stride <= bytesMax else { return }
        copies += more
        members.insert(member)
    }

    mutating func sort() { copies.sort(by: LoadedCopy.precedes) }

    func areOf(_ member: SliceLoader.Job) -> Bool { members.contains(member) }

    /// Those below an id that were not taken.
    func next(below id: Int64) -> ArraySlice<LoadedCopy> {
        copies[takenCount...].prefix { $0.id < id }
    }

    mutating func take(_ count: Int) { takenCount += count }
}
