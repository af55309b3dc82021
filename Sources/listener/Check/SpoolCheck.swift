import Shared

/// Whether a listener could write here: the spool, or the directory of the output file.
///
/// A file of a name of its own is written, synced and removed; nothing else is touched, and no
/// directory is made.
struct SpoolCheck {
    let policy: RoomPolicy

    func spool(_ directory: String) -> [CheckReport.Finding] {
        guard LocalDirectory.isDirectory(directory) else { return [missing("spool", directory)] }
        return [writable("spool", directory), lock(directory), room(directory)]
    }

    func outputFile(_ path: String) -> [CheckReport.Finding] {
        let directory = LocalDirectory.parent(of: path) ?? "."
        guard LocalDirectory.isDirectory(directory) else {
            return [
                .failed(
                    "output file", "\(directory): there is no such directory",
                    fix: "make it, owned by the listener's user, or correct LISTENER_OUTPUT_FILE")
            ]
        }
        return [writable("output file", directory), free("output file", directory)]
    }

    /// The first start makes it, where it may.
    private func missing(_ name: String, _ directory: String) -> CheckReport.Finding {
        var above = directory
        while let parent = LocalDirectory.parent(of: above), !LocalDirectory.exists(above) {
            above = parent
        }
        guard LocalDirectory.isDirectory(above), LocalDirectory.isWritable(above) else {
            return .failed(
                name, "\(directory): is not there and cannot be made in \(above)",
                fix: "make it, owned by the listener's user with mode 0750, or correct "
                    + "LISTENER_SPOOL")
        }
        return .ok(name, "\(directory): is not there yet; the first start makes it")
    }

    private func writable(_ name: String, _ directory: String) -> CheckReport.Finding {
        let path = "\(directory)/.check-\(ListenerInstance.random().hex)"
        defer { try? LocalDirectory.remove(path) }
        do throws(LocalFileError) {
            let file = try LocalFile.create(path)
            try file.write(Array("tributary\n".utf8))
            try file.sync()
            return .ok(name, "\(directory): can be written")
        } catch {
            return .failed(
                name, "\(error)", fix: "give the directory to the user that runs the listener")
        }
    }

    private func lock(_ directory: String) -> CheckReport.Finding {
        guard let holder = DirectoryLock.holder(of: directory) else {
            return .ok("lock", "\(directory): no listener uses it")
        }
        return .ok("lock", "\(directory): process \(holder) is running and uses it")
    }

    private func room(_ directory: String) -> CheckReport.Finding {
        let room = SpoolRoom(directory, policy: policy)
        do throws(LocalFileError) {
            try room.scan()
        } catch {
            return .failed("room", "\(error)")
        }
        let measure = room.measure()
        let words =
            "\(ByteCount(bytes: measure.usedBytes)) of "
            + "\(ByteCount(bytes: measure.capBytes)) are used, "
            + "\(ByteCount(bytes: measure.freeBytes)) of the disk are free"
        guard measure.isFull else { return .ok("room", "\(directory): \(words)") }
        return .failed("room", "\(directory): \(words): capture would wait", fix: Self.roomFix)
    }

    private func free(_ name: String, _ directory: String) -> CheckReport.Finding {
        let measure = SpoolRoom(
            directory, policy: RoomPolicy(capBytes: .max, floorBytes: policy.floorBytes)
        ).measure()
        let words = "\(directory): \(ByteCount(bytes: measure.freeBytes)) of the disk are free"
        guard measure.isFull else { return .ok("room", words) }
        return .failed("room", "\(words): capture would wait", fix: Self.roomFix)
    }

    private static let roomFix =
        "free some space, or change LISTENER_SPOOL_BYTES and LISTENER_FREE_BYTES"
}
