/// A place between two lines of the emission.
struct Cursor {
    /// Counted from the first block ever emitted.
    var block: Int
    var line: Int
    /// The number of the next post.
    var post: Int
}
