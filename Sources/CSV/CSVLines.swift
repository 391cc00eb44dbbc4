/// Cuts bytes into lines, whatever they end with.
struct CSVLines: Sendable {
    struct Line: Sendable, Equatable {
        let bytes: [UInt8]
        /// What it ended with, which belongs to a quoted field that goes on.
        let end: [UInt8]
        /// Its bytes were thrown away.
        let isTooLong: Bool
    }

    /// In bytes; of a longer line nothing is kept.
    var longest = Int.max
    private var bytes: [UInt8] = []
    private var isTooLong = false
    private var isBehindCR = false
    /// Bytes of a byte order mark that were seen in front of everything; nil: something else was.
    private var mark: Int? = 0

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The line that is complete with this byte, or that was complete before it.
    mutating func take(_ byte: UInt8) -> Line? {
        if let seen = mark {
            mark = seen < 2 ? seen + 1 : nil
            if byte != Self.byteOrderMark[seen] {
                mark = nil
                bytes += Self.byteOrderMark[..<seen]
            } else {
                return nil
            }
        }
        if isBehindCR {
            isBehindCR = false
            if byte == 0x0A { return end([0x0D, 0x0A]) }
            let line = end([0x0D])
            put(byte)
            return line
        }
        if byte == 0x0A { return end([0x0A]) }
        put(byte)
        return nil
    }

    /// What stands behind the last line's end.
    mutating func finish() -> Line? {
        if let seen = mark, seen > 0 { bytes += Self.byteOrderMark[..<seen] }
        mark = nil
        if isBehindCR { return end([0x0D]) }
        return bytes.isEmpty && !isTooLong ? nil : end([])
    }

    private mutating func put(_ byte: UInt8) {
        if byte == 0x0D {
            isBehindCR = true
        } else if bytes.count < longest {
            bytes.append(byte)
        } else {
            isTooLong = true
            bytes = []
        }
    }

    private mutating func end(_ end: [UInt8]) -> Line {
        defer {
            bytes = []
            isTooLong = false
        }
        return Line(bytes: isTooLong ? [] : bytes, end: end, isTooLong: isTooLong)
    }
}
