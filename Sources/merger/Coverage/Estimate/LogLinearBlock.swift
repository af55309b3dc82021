private import Glibc

/// One block of a ``LogLinearModel`` while it is fitted: its cells and its own parameters.
///
/// A zone that lacks nothing in the block has a loss of exactly 0 there and takes no part; a parameter
/// for it would run off to minus infinity.
struct LogLinearBlock {
    struct Cell {
        var count: Double
        /// Numbers of the block's own parameters that make up its mean: the rate, then zones.
        var own: [Int]
        /// Numbers of the pairs that do.
        var shared: [Int]
    }

    /// The logarithm of the rate, then of each zone's loss.
    var parameters: [Double]
    let cells: [Cell]
    /// The cell that cannot be seen: all zones lack it. Nil where one of them lacks nothing.
    private let unseen: Cell?

    /// Added to a count before its logarithm is taken, for a place to start from.
    private static let startOffset = 0.5

    init(_ table: CaptureTable, pairs: [UInt64]) {
        let active = (0..<table.zones).filter { table.misses[$0] > 0 }
        func cell(_ subset: Int) -> Cell {
            let members = active.indices.filter { subset & (1 << $0) != 0 }
            let mask = members.reduce(UInt64(0)) { $0 | 1 << UInt64(active[$1]) }
            return Cell(
                count: Double(table.lacking[mask] ?? 0), own: [0] + members.map { $0 + 1 },
                shared: pairs.indices.filter { pairs[$0] & ~mask == 0 })
        }
        let all = (0..<(1 << active.count)).map(cell)
        let isOpen = active.count == table.zones
        unseen = isOpen ? all.last : nil
        cells = isOpen ? all.dropLast() : all
        let whole = all[0].count + Self.startOffset
        parameters = [log(whole)]
        for zone in active {
            parameters.append(log((Double(table.misses[zone]) + Self.startOffset) / whole))
        }
    }

    func mean(_ cell: Cell, _ dependences: [Double]) -> Double {
        exp(logarithm(cell, dependences))
    }

    private func logarithm(_ cell: Cell, _ dependences: [Double]) -> Double {
        cell.own.reduce(0) { $0 + parameters[$1] } + cell.shared.reduce(0) { $0 + dependences[$1] }
    }

    /// Without the terms that hold counts alone.
    func logLikelihood(_ dependences: [Double]) -> Double {
        cells.reduce(0) { sum, cell in
            let logarithm = logarithm(cell, dependences)
            return sum + cell.count * logarithm - exp(logarithm)
        }
    }

    func projection(_ dependences: [Double]) -> Double {
        unseen.map { mean($0, dependences) } ?? 0
    }
}
