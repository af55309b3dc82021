/// What a gzip file of unknown origin may inflate to.
///
/// Its members may be of any size, since other writers put a day into one. A segment's own members
/// have the narrower limits of the dataset.
struct InflationLimits: Sendable {
    /// Of one member: 64 GiB hold a day of a thousand posts a second.
    var memberBytes = 64 << 30
    /// A member below this is inflated whatever its ratio is.
    var unquestionedBytes = 64 << 20
    /// How many times its size a larger member may inflate to. Posts reach 5 to 10, deflate 1032.
    var ratio = 100

    static let standard = InflationLimits()

    func allow(_ raw: Int, from compressed: Int) -> Bool {
        raw <= unquestionedBytes || (raw <= memberBytes && raw / ratio <= compressed)
    }
}
