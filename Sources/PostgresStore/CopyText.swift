package import StoredRows

/// Rows in COPY's text format, exactly as PostgreSQL writes them itself: so that both sides of a copy have the same checksum.
package struct CopyText {
    package private(set) var bytes: [UInt8] = []
    private let flags: [Bool]

    /// - Parameter flags: which columns are of type `boolean`; SQLite keeps those as 0 and 1.
    init(flags: [Bool]) { self.flags = flags }

    package mutating func append(_ row: [StoredValue]) {
        for (place, value) in row.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: "\t")) }
            switch value {
            case .null: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "N")]
            case .flag(let flag): append(flag)
            // What is neither goes as it is, and is refused.
            case .number(let number) where flags[place] && (number == 0 || number == 1): append(number == 1)
            case .number(let number): bytes += String(number).utf8
            case .text(let text): append(text)
            case .bytes(let value):
                bytes += "\\\\x".utf8
                for byte in value {
                    bytes.append(Self.digits[Int(byte >> 4)])
                    bytes.append(Self.digits[Int(byte & 15)])
                }
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    private static let digits = Array("0123456789abcdef".utf8)

    private mutating func append(_ flag: Bool) { bytes.append(UInt8(ascii: flag ? "t" : "f")) }

    private mutating func append(_ text: String) {
        for byte in text.utf8 {
            guard byte < 0x20 || byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            let letter: UInt8? =
                switch byte {
                case 8: UInt8(ascii: "b")
                case 9: UInt8(ascii: "t")
                case 10: UInt8(ascii: "n")
                case 11: UInt8(ascii: "v")
                case 12: UInt8(ascii: "f")
                case 13: UInt8(ascii: "r")
                case UInt8(ascii: "\\"): byte
                default: nil
                }
            if letter != nil { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(letter ?? byte)
        }
    }
}
