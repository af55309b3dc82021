/// A name in an object store that is safe to use as a path below a directory.
package struct ObjectKey: Hashable, Comparable, Sendable {
    /// The limit of S3.
    package static let bytesMax = 1024

    package let path: String

    /// Nil for a key that is empty or longer than ``bytesMax`` bytes of UTF-8, holds a control
    /// character, or has a part that is empty, `.` or `..`.
    package init?(_ path: some StringProtocol) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.utf8.count <= Self.bytesMax,
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
            path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.path = String(path)
    }

    /// The part after the last `/`.
    package var name: Substring {
        path.split(separator: "/").last ?? Substring(path)
    }

    /// By the bytes of UTF-8, as stores list.
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }
}

extension ObjectKey: CustomStringConvertible {
    package var description: String { path }
}
