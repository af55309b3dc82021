/// A name in an object store that is safe to use as a path below a directory.
package struct ObjectKey: Hashable, Comparable, Sendable {
    /// The limit of S3.
    package static let bytesMax = 1024

    package let path: String

    /// Nil for a key that is empty or longer than ``bytesMax`` bytes of UTF-8, holds a control
    /// character, or has a part that is empty, `.` or `..`.
    package init?(_ path: some StringProtocol) {
        // By bytes, as a file system sees them: a Swift character may be a slash with an accent.
        let parts = path.utf8.split(separator: Self.slash, omittingEmptySubsequences: false)
        guard path.utf8.count <= Self.bytesMax,
            parts.allSatisfy({
                !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
            }),
            !path.unicodeScalars.contains(where: Self.isControl)
        else { return nil }
        self.path = String(path)
    }

    /// The part after the last `/`.
    package var name: Substring {
        path.utf8.lastIndex(of: Self.slash).map { path[path.utf8.index(after: $0)...] } ?? path[...]
    }

    private static let slash = UInt8(ascii: "/")

    /// Those of the category `Cc`, which never changes.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// By the bytes too: two ways to write one accent are two keys.
    package static func == (left: ObjectKey, right: ObjectKey) -> Bool {
        left.path.utf8.elementsEqual(right.path.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in path.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }

    /// By the bytes of UTF-8, as stores list.
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }
}

extension ObjectKey: CustomStringConvertible {
    package var description: String { path }
}
