import Foundation
import Shared
import TestSupport
import Testing

@Suite struct DirectoryLockTests {
    @Test func `a directory is locked until the lock goes out of scope`() throws {
        try TemporaryDirectory.with { directory in
            do {
                let first = try DirectoryLock.acquire(directory.path)
                let isLocked = first != nil
                #expect(isLocked)
                let second = try DirectoryLock.acquire(directory.path)
                let isRefused = second == nil
                #expect(isRefused)
                _ = consume first
            }
            let third = try DirectoryLock.acquire(directory.path)
            let isFree = third != nil
            #expect(isFree)
        }
    }

    @Test func `a lock holds although its file was removed`() throws {
        try TemporaryDirectory.with { directory in
            let first = try DirectoryLock.acquire(directory.path)
            try directory.remove("lock")
            let second = try DirectoryLock.acquire(directory.path)
            let isRefused = second == nil
            #expect(isRefused)
            #expect(DirectoryLock.holder(of: directory.path) == Int(getpid()))
            _ = consume first
            #expect(DirectoryLock.holder(of: directory.path) == nil)
        }
    }

    @Test func `another process is kept out too`() throws {
        try TemporaryDirectory.with { directory in
            let lock = try DirectoryLock.acquire(directory.path)
            #expect(!Shell.succeeds(["flock", "-n", directory.file("lock"), "true"]))
            _ = consume lock
            #expect(Shell.succeeds(["flock", "-n", directory.file("lock"), "true"]))
        }
    }

    /// As a child has it between fork and exec.
    @Test func `a copy of the open file does not prolong the lock`() throws {
        try TemporaryDirectory.with { directory in
            let lock = try DirectoryLock.acquire(directory.path)
            let isLocked = lock != nil
            #expect(isLocked)
            let folder = "/proc/self/fd"
            let original = try FileManager.default.contentsOfDirectory(atPath: folder).first {
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "\(folder)/\($0)")
                return target?.hasSuffix("\(directory.path)/lock") ?? false
            }
            let copy = dup(try #require(original.flatMap { Int32($0) }))
            #expect(copy >= 0)
            defer { close(copy) }
            _ = consume lock
            #expect(Shell.succeeds(["flock", "-n", directory.file("lock"), "true"]))
        }
    }

    @Test func `a directory that is not there cannot be locked`() throws {
        try TemporaryDirectory.with { directory in
            let error = #expect(throws: LocalFileError.self) {
                _ = try DirectoryLock.acquire(directory.file("none"))
            }
            #expect(error?.code == .notFound)
        }
    }
}
