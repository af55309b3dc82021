extension DirectoryLock {
    /// The process that has the lock of a directory, as the kernel lists it; nil where none has, or
    /// where it lives behind another process namespace.
    ///
    /// Nothing is made or locked for the look.
    package static func holder(of directory: String) -> Int? {
        guard let file = try? LocalFile.read(directory),
            let inode = try? file.inode,
            let table = try? LocalFile.contents(of: "/proc/locks")
        else { return nil }
        // 1: FLOCK  ADVISORY  WRITE 4711 08:01:1835055 0 EOF
        for line in String(decoding: table, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK",
                words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode
            else { continue }
            return Int(words[4])
        }
        return nil
    }
}
