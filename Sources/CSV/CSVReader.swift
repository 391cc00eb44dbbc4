/// Reads CSV (RFC 4180) piece by piece, so that a file of any size takes the memory of one record.
///
/// Lines end with CRLF, LF or CR; a byte order mark and empty lines are passed over. A record that breaks the rules is told with the line
/// on which it begins, and reading goes on with the line after that: a quote that is never closed costs its own line and no other.
package struct CSVReader: Sendable {
    package struct Record: Sendable, Equatable {
        /// Where it begins, from 1; a quoted field may have line ends in it.
        package let line: Int
        package let fields: [String]

        package init(line: Int, fields: [String]) {
            self.line = line
            self.fields = fields
        }
    }

    /// What is wrong with a record.
    package struct Fault: Error, Equatable {
        package let line: Int
        package let reason: String

        package init(line: Int, reason: String) {
            self.line = line
            self.reason = reason
        }
    }

    package typealias Outcome = Result<Record, Fault>

    private let longestRecord: Int
    private var lines = CSVLines()
    /// Lines from the beginning of the record on: where it turns out to be broken, all but the first are read again.
    private var pending: [CSVLines.Line] = []
    /// How many of them were read.
    private var read = 0
    private var firstLine = 1
    private var size = 0
    private var record = CSVRecord()

    /// - Parameter longestRecord: in bytes; a longer one is taken for broken.
    package init(longestRecord: Int = 1 << 18) {
        self.longestRecord = longestRecord
        lines.longest = longestRecord
    }

    /// Takes the next piece of the file and hands over every record that is complete with it.
    package mutating func take(_ bytes: some Sequence<UInt8>, _ hand: (Outcome) throws -> Void) rethrows {
        for byte in bytes {
            guard let line = lines.take(byte) else { continue }
            pending.append(line)
            try readOn(hand)
        }
    }

    /// The file has ended: hands over what is left.
    package mutating func finish(_ hand: (Outcome) throws -> Void) rethrows {
        if let line = lines.finish() { pending.append(line) }
        try readOn(hand)
        while !pending.isEmpty {
            try giveUp("a quote is not closed", hand)
            try readOn(hand)
        }
    }

    private mutating func readOn(_ hand: (Outcome) throws -> Void) rethrows {
        while read < pending.count {
            let line = pending[read]
            if read == 0, line.bytes.isEmpty, !line.isTooLong {
                drop(1)
                continue
            }
            size += line.bytes.count
            guard !line.isTooLong, size <= longestRecord else {
                try giveUp("it is longer than \(longestRecord) bytes, or a quote is not closed", hand)
                continue
            }
            switch record.take(line) {
            case .open: read += 1
            case .broken(let reason): try giveUp(reason, hand)
            case .complete:
                let found = Record(line: firstLine, fields: record.fields)
                let isText = record.isText
                drop(read + 1)
                try hand(isText ? .success(found) : .failure(Fault(line: found.line, reason: "it is not valid UTF-8")))
            }
        }
    }

    private mutating func giveUp(_ reason: String, _ hand: (Outcome) throws -> Void) rethrows {
        let fault = Fault(line: firstLine, reason: reason)
        drop(1)
        try hand(.failure(fault))
    }

    /// The next record begins behind so many lines.
    private mutating func drop(_ count: Int) {
        pending.removeFirst(count)
        firstLine += count
        read = 0
        size = 0
        record = CSVRecord()
    }
}
