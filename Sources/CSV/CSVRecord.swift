/// One record, as far as its lines were read.
struct CSVRecord: Sendable {
    enum Progress: Sendable, Equatable {
        case complete
        /// A quoted field goes on on the next line.
        case open
        case broken(String)
    }

    private enum Place { case start, plain, quoted, behindQuote }

    private(set) var fields: [String] = []
    /// Every field is valid UTF-8.
    private(set) var isText = true
    private var field: [UInt8] = []
    private var place = Place.start

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    mutating func take(_ line: CSVLines.Line) -> Progress {
        for byte in line.bytes {
            switch place {
            case .start where byte == Self.quote: place = .quoted
            case .start where byte == Self.comma, .plain where byte == Self.comma,
                .behindQuote where byte == Self.comma:
                endField()
            case .plain where byte == Self.quote:
                return .broken("a quote stands within a field that does not begin with one")
            case .start, .plain:
                place = .plain
                field.append(byte)
            case .quoted where byte == Self.quote: place = .behindQuote
            case .quoted: field.append(byte)
            case .behindQuote where byte == Self.quote:
                // A quote in quotes is written twice.
                place = .quoted
                field.append(byte)
            case .behindQuote: return .broken("something stands behind a closing quote")
            }
        }
        if place == .quoted {
            field += line.end
            return .open
        }
        endField()
        return .complete
    }

    private mutating func endField() {
        if let text = String(validating: field, as: UTF8.self) {
            fields.append(text)
        } else {
            fields.append("")
            isText = false
        }
        field.removeAll(keepingCapacity: true)
        place = .start
    }
}
