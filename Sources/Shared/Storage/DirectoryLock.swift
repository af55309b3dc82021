/// One process at a time in a directory. Given up when it goes out of scope or the process ends,
/// however it ends.
///
/// The directory itself is locked, so that no file has to stay for it; the file `lock` in it is
/// locked too, which `flock` of a shell can take to keep a process out.
package struct DirectoryLock: ~Copyable {
    static let fileName = "lock"

    private let directory: LocalFile
    private let file: LocalFile

    /// - Returns: nil where another process has the lock.
    package static func acquire(_ path: String) throws(LocalFileError) -> DirectoryLock? {
        let directory = try LocalFile.read(path)
        // A file system of the network may lock files alone.
        guard (try? directory.lockExclusively()) ?? true else { return nil }
        let file = try LocalFile.lockable("\(path)/\(fileName)")
        guard try file.lockExclusively() else { return nil }
        return DirectoryLock(directory: directory, file: file)
    }

    private init(directory: LocalFile, file: LocalFile) {
        self.directory = directory
        self.file = file
    }
}
