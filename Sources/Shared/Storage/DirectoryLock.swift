/// One process at a time in a directory. Given up when it goes out of scope or the process ends,
/// however it ends.
package struct DirectoryLock: ~Copyable {
    static let fileName = "lock"

    private let file: LocalFile

    /// - Returns: nil where another process has the lock.
    package static func acquire(_ directory: String) throws(LocalFileError) -> DirectoryLock? {
        let file = try LocalFile.lockable("\(directory)/\(fileName)")
        guard try file.lockExclusively() else { return nil }
        return DirectoryLock(file: file)
    }

    private init(file: LocalFile) {
        self.file = file
    }
}
