private import CPosix
private import Glibc

/// What is done to directories and to names in them.
package enum LocalDirectory {
    package struct Entry: Sendable {
        package var name: String
        package var isDirectory: Bool
    }

    /// Makes a directory and those above it. No error where it is there.
    ///
    /// Directories that were made survive a power loss once this returns.
    package static func ensure(_ path: String) throws(LocalFileError) {
        if isDirectory(path) { return }
        let parent = parent(of: path)
        if let parent { try ensure(parent) }
        guard mkdir(path, 0o750) == 0 else {
            let failure = LocalFileError.last("create directory", path)
            guard isDirectory(path) else { throw failure }
            return
        }
        try sync(parent ?? ".")
    }

    /// The names in a directory, ascending by their bytes, without `.` and `..`.
    package static func list(_ path: String) throws(LocalFileError) -> [Entry] {
        guard let directory = opendir(path) else { throw LocalFileError.last("list", path) }
        defer { closedir(directory) }
        var entries: [Entry] = []
        errno = 0
        while let entry = readdir(directory) {
            // What is done with one entry must not be taken for a failure to read the next.
            defer { errno = 0 }
            let name = String(cString: cposix_entry_name(entry))
            guard name != ".", name != ".." else { continue }
            let type = cposix_entry_type(entry)
            let isDirectory =
                type == Int32(DT_UNKNOWN)
                ? Self.isDirectory("\(path)/\(name)") : type == Int32(DT_DIR)
            entries.append(Entry(name: name, isDirectory: isDirectory))
        }
        guard errno == 0 else { throw LocalFileError.last("list", path) }
        return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Gives a file another name, replacing what has that name. Durable after ``sync(_:)`` of the
    /// directory.
    package static func rename(_ source: String, to target: String) throws(LocalFileError) {
        guard Glibc.rename(source, target) == 0 else {
            throw LocalFileError.last("rename to \(target)", source)
        }
    }

    /// Gives a file a second name. Throws `exists` where something has that name.
    package static func link(_ source: String, to target: String) throws(LocalFileError) {
        guard Glibc.link(source, target) == 0 else {
            throw LocalFileError.last("link", target)
        }
    }

    /// Removes a file. No error where there is none.
    package static func remove(_ path: String) throws(LocalFileError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw LocalFileError.last("remove", path)
        }
    }

    /// Removes a directory that is empty; leaves one that is not.
    package static func removeIfEmpty(_ path: String) {
        rmdir(path)
    }

    /// Names that were made, changed or removed in the directory survive a power loss once this
    /// returns.
    package static func sync(_ path: String) throws(LocalFileError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LocalFileError.last("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw LocalFileError.last("sync", path) }
    }

    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Whether this process may make files in a directory, by its mode.
    package static func isWritable(_ path: String) -> Bool {
        access(path, W_OK | X_OK) == 0
    }

    package static func isDirectory(_ path: String) -> Bool {
        cposix_is_directory(path)
    }

    /// The size of a file; nil where there is none.
    package static func bytes(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// When the bytes of a file were last changed; nil where there is none.
    static func lastChange(of path: String) -> Timestamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Timestamp(milliseconds: Int64(status.st_mtim.tv_sec) * 1000)
    }

    /// What may still be written to the file system of a path.
    package static func freeBytes(_ path: String) throws(LocalFileError) -> Int {
        let bytes = cposix_free_bytes(path)
        guard bytes >= 0 else { throw LocalFileError.last("measure the free space of", path) }
        return Int(bytes)
    }

    /// `/a/b` for `/a/b/c`; nil where nothing is above.
    package static func parent(of path: String) -> String? {
        guard let slash = path.dropLast(path.hasSuffix("/") ? 1 : 0).lastIndex(of: "/") else {
            return nil
        }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
