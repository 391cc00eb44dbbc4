import StoredRows

/// The values of one statement as libpq takes them; used again and again, so that none of them costs a piece of memory.
struct Parameters {
    /// All values behind each other.
    private var bytes: [CChar] = []
    /// Where each begins; nil: null.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    private enum Format: Int32 {
        /// Read by the type that the statement gives its place, and ended by a zero.
        case text = 0
        case binary = 1
    }

    mutating func take(_ values: StoredValues) {
        bytes.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        for value in values { take(value) }
    }

    private mutating func take(_ value: StoredValue) {
        let start = bytes.count
        var format = Format.text
        switch value {
        case .null:
            starts.append(nil)
            lengths.append(0)
            formats.append(format.rawValue)
            return
        case .number(let number): append(String(number))
        // A text with a zero in it would be cut there without a word; told its length, the server refuses it.
        case .text(let text): if append(text) { format = .binary }
        case .flag(let flag): append(flag ? "t" : "f")
        case .bytes(let raw):
            bytes.append(contentsOf: raw.lazy.map(CChar.init(bitPattern:)))
            format = .binary
        }
        starts.append(start)
        lengths.append(Int32(bytes.count - start))
        formats.append(format.rawValue)
        bytes.append(0)
    }

    /// True: it has a zero in it.
    @discardableResult
    private mutating func append(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { utf8 in
            bytes.append(contentsOf: utf8.lazy.map(CChar.init(bitPattern:)))
            return utf8.contains(0)
        }
    }

    /// How many there are, and for each where it begins, how long it is and what form it has; only for the time of the call.
    func withPointers<Result>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            starts.map { start in start.flatMap { at in bytes.baseAddress.map { $0 + at } } }
                .withUnsafeBufferPointer { values in
                    lengths.withUnsafeBufferPointer { lengths in
                        formats.withUnsafeBufferPointer { formats in
                            body(Int32(values.count), values.baseAddress, lengths.baseAddress, formats.baseAddress)
                        }
                    }
                }
        }
    }
}
