private import Glibc

/// Runs the programs that tests take their expected values from: `python3`, `gzip`, `sha256sum`.
package enum Shell {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - command: the program, looked up in `PATH`, and its arguments.
    ///   - input: what it reads from its standard input.
    /// - Returns: what it wrote to its standard output.
    /// - Throws: where it cannot be started or ends with another status than 0.
    package static func run(_ command: [String], input: [UInt8] = []) throws -> [UInt8] {
        // Files and not pipes, so that nobody waits for a reader however much is written.
        try TemporaryDirectory.with { directory in
            try directory.write(input, to: "stdin")
            let status = try spawn(command, in: directory)
            guard status == 0 else {
                let errors = String(decoding: try directory.read("stderr"), as: UTF8.self)
                throw Failure(description: "\(command) ended with status \(status): \(errors)")
            }
            return try directory.read("stdout")
        }
    }

    /// As ``run(_:input:)``, and the output as text without white space at its end.
    package static func text(_ command: [String], input: [UInt8] = []) throws -> String {
        let output = String(decoding: try run(command, input: input), as: UTF8.self)
        return String(output.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// Runs `script` in Python, with `input` as its standard input.
    package static func python(_ script: String, input: [UInt8] = []) throws -> [UInt8] {
        try run(["python3", "-c", script], input: input)
    }

    /// Whether the program runs and ends with 0.
    package static func succeeds(_ command: [String]) -> Bool {
        (try? run(command)) != nil
    }

    private static func spawn(_ command: [String], in directory: TemporaryDirectory) throws -> Int32
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let written = O_WRONLY | O_CREAT
        posix_spawn_file_actions_addopen(&actions, 0, directory.file("stdin"), O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory.file("stdout"), written, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, directory.file("stderr"), written, 0o600)
        // The same for everybody, whatever the language and home of who runs the tests.
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        var process = pid_t()
        let error = withStrings(command) { arguments in
            withStrings(["PATH=\(path)", "LC_ALL=C.UTF-8"]) { environment in
                posix_spawnp(&process, command[0], &actions, nil, arguments, environment)
            }
        }
        guard error == 0 else {
            throw Failure(description: "\(command): \(String(cString: strerror(error)))")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure(description: "\(command): waitpid failed") }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private static func withStrings<Value>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("holds at least nil") }
            return body(base)
        }
    }
}
