import Shared

extension Duration {
    /// In seconds with one decimal, such as `5.2 s`.
    var readable: String {
        let tenths = (wholeMilliseconds + 50) / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
