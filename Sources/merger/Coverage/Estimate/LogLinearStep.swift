/// One step of Newton's method for a ``LogLinearModel``, and what its matrix says about variances.
///
/// The information matrix is an arrow: a small square for each block, one for the pairs, and a border
/// between them. So blocks are solved one by one, and the work grows with their number only.
struct LogLinearStep {
    private struct Arm {
        var factor: CholeskyFactor
        /// The border, one column a pair.
        var border: [[Double]]
        /// The border, solved by the block's square.
        var solvedBorder: [[Double]]
        var gradient: [Double]
        var solvedGradient: [Double]
    }

    private var arms: [Arm] = []
    private var head: CholeskyFactor
    private var sharedChange: [Double]
    /// About twice what the likelihood gains by it.
    private(set) var gain = 0.0

    init(_ blocks: [LogLinearBlock], _ dependences: [Double]) {
        let order = dependences.count
        var square = Array(repeating: 0.0, count: order * order)
        var gradient = Array(repeating: 0.0, count: order)
        for block in blocks {
            arms.append(Self.arm(block, dependences, &square, &gradient))
        }
        let original = gradient
        for arm in arms {
            for row in 0..<order {
                gradient[row] -= dot(arm.border[row], arm.solvedGradient)
                for column in 0..<order {
                    square[row * order + column] -= dot(arm.border[row], arm.solvedBorder[column])
                }
            }
        }
        head = CholeskyFactor(square, order: order)
        sharedChange = head.solve(gradient)
        gain = dot(original, sharedChange)
        for arm in arms { gain += dot(arm.gradient, change(arm)) }
    }

    /// Adds up one block's part, and its part of the square and the gradient of the pairs.
    private static func arm(
        _ block: LogLinearBlock, _ dependences: [Double], _ square: inout [Double],
        _ sharedGradient: inout [Double]
    ) -> Arm {
        let own = block.parameters.count
        let order = dependences.count
        var matrix = Array(repeating: 0.0, count: own * own)
        var gradient = Array(repeating: 0.0, count: own)
        var border = Array(repeating: gradient, count: order)
        for cell in block.cells {
            let mean = block.mean(cell, dependences)
            for row in cell.own {
                gradient[row] += cell.count - mean
                for column in cell.own { matrix[row * own + column] += mean }
                for pair in cell.shared { border[pair][row] += mean }
            }
            for row in cell.shared {
                sharedGradient[row] += cell.count - mean
                for column in cell.shared { square[row * order + column] += mean }
            }
        }
        let factor = CholeskyFactor(matrix, order: own)
        return Arm(
            factor: factor, border: border, solvedBorder: border.map(factor.solve),
            gradient: gradient, solvedGradient: factor.solve(gradient))
    }

    private func change(_ arm: Arm) -> [Double] {
        var change = arm.solvedGradient
        for (pair, column) in arm.solvedBorder.enumerated() {
            for row in change.indices { change[row] -= column[row] * sharedChange[pair] }
        }
        return change
    }

    func taken(
        from blocks: [LogLinearBlock], _ dependences: [Double], scale: Double
    ) -> ([LogLinearBlock], [Double]) {
        var next = blocks
        for (place, arm) in arms.enumerated() {
            for (row, change) in change(arm).enumerated() {
                next[place].parameters[row] += scale * change
            }
        }
        return (next, zip(dependences, sharedChange).map { $0 + scale * $1 })
    }

    /// Of the sum of the cells that all zones lack, whose means are `missed`, by the delta method: the
    /// logarithm of each is the sum of all parameters of its block and of all pairs.
    func variance(ofSum missed: [Double]) -> Double {
        var shared = Array(repeating: missed.reduce(0, +), count: sharedChange.count)
        var variance = 0.0
        for (arm, mean) in zip(arms, missed) where mean > 0 {
            let slope = Array(repeating: mean, count: arm.gradient.count)
            let solved = arm.factor.solve(slope)
            variance += dot(slope, solved)
            for pair in shared.indices { shared[pair] -= dot(arm.border[pair], solved) }
        }
        return variance + dot(shared, head.solve(shared))
    }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}
