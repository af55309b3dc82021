/// Solves small, dense, symmetric, positive definite systems.
///
/// A row that adds nothing to the rows before it, as that of a parameter that runs off to infinity, is
/// left out: its unknown becomes 0.
struct CholeskyFactor {
    /// A pivot below this share of its diagonal is rounding error.
    private static let pivotMin = 1e-13

    private let order: Int
    private var lower: [Double]

    /// - Parameter matrix: row by row; what lies above the diagonal is not read.
    init(_ matrix: [Double], order: Int) {
        precondition(matrix.count == order * order, "not a square")
        self.order = order
        lower = matrix
        for column in 0..<order {
            let diagonal = matrix[column * order + column]
            var pivot = diagonal
            for k in 0..<column { pivot -= square(lower[column * order + k]) }
            let isSpent = !(pivot > diagonal * Self.pivotMin)
            let root = isSpent ? Double.infinity : pivot.squareRoot()
            lower[column * order + column] = root
            for row in (column + 1)..<max(order, column + 1) {
                var sum = lower[row * order + column]
                for k in 0..<column { sum -= lower[row * order + k] * lower[column * order + k] }
                lower[row * order + column] = sum / root
            }
        }
    }

    func solve(_ right: [Double]) -> [Double] {
        var solution = right
        for row in 0..<order {
            for k in 0..<row { solution[row] -= lower[row * order + k] * solution[k] }
            solution[row] /= lower[row * order + row]
        }
        for row in (0..<order).reversed() {
            for k in (row + 1)..<max(order, row + 1) {
                solution[row] -= lower[k * order + row] * solution[k]
            }
            solution[row] /= lower[row * order + row]
        }
        return solution
    }

    private func square(_ number: Double) -> Double { number * number }
}
