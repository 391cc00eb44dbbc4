extension JSONParser {
    /// The string whose opening quote was just read, up to and with its closing one.
    mutating func string() throws(JSONFault) -> String {
        let start = position
        while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5C {
            guard bytes[position] >= 0x20 else { throw fault("a control character is not escaped") }
            position += 1
        }
        if take("\"") { return String(decoding: bytes[start..<position - 1], as: UTF8.self) }
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            guard byte >= 0x20 else { throw fault("a control character is not escaped") }
            position += 1
            switch byte {
            case 0x22: return String(decoding: text, as: UTF8.self)
            case 0x5C: text.append(contentsOf: UTF8.encode(try escaped()).map(Array.init) ?? [])
            default: text.append(byte)
            }
        }
        throw fault("a string does not end")
    }

    private mutating func escaped() throws(JSONFault) -> Unicode.Scalar {
        guard position < bytes.count else { throw fault("a string does not end") }
        position += 1
        switch bytes[position - 1] {
        case 0x22: return "\""
        case 0x5C: return "\\"
        case 0x2F: return "/"
        case 0x62: return "\u{8}"
        case 0x66: return "\u{C}"
        case 0x6E: return "\n"
        case 0x72: return "\r"
        case 0x74: return "\t"
        case 0x75:
            let first = try fourDigits()
            if let scalar = Unicode.Scalar(first) { return scalar }
            // The first half of a pair, or a half that stands alone.
            guard first < 0xDC00, take("\\"), take("u") else { throw fault("half of a surrogate pair stands alone") }
            let second = try fourDigits()
            guard (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw fault("half of a surrogate pair stands alone") }
            return scalar
        default: throw fault("an unknown escape")
        }
    }

    private mutating func fourDigits() throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw fault("a string does not end") }
            let byte = bytes[position]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: throw fault("\\u needs four hexadecimal digits")
            }
            position += 1
        }
        return value
    }
}
