private import Glibc

/// Standard output, for results.
///
/// A reader that closes the pipe has seen enough: that ends the program successfully.
package enum Output {
    package static func line(_ text: String) {
        write(Array(text.utf8) + [UInt8(ascii: "\n")])
    }

    /// A document on one line.
    package static func json(_ value: some Encodable) {
        write(JSONDocument.encode(value) + [UInt8(ascii: "\n")])
    }

    package static func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    package static func write(_ bytes: UnsafeRawBufferPointer) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(
                STDOUT_FILENO, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { exit(errno == EPIPE ? 0 : ExitCode.failed.rawValue) }
            done += count
        }
    }

    /// Columns, the first to the left and the others to the right.
    ///
    /// - Parameter leading: further columns, from 0, that hold words and stand to the left.
    package static func table(_ rows: [[String]], leading: Set<Int> = []) {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        for row in rows {
            let cells = row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                guard column == 0 || leading.contains(column) else { return blanks + cell }
                // Nothing stands behind the last column.
                return column == row.count - 1 && column > 0 ? cell : cell + blanks
            }
            line(cells.joined(separator: "  "))
        }
    }
}
