import Shared

extension [Zone] {
    /// Those whose bits are set, where the first zone has the lowest bit.
    func selected(by mask: UInt64) -> [Zone] {
        indices.filter { mask & (1 << UInt64($0)) != 0 }.map { self[$0] }
    }

    func selected(by mask: Int64) -> [Zone] { selected(by: UInt64(bitPattern: mask)) }
}
