/// A JSON text that was read whole: valid UTF-8, at most 32 levels deep, every number finite, no member twice.
struct JSONDocument: Sendable {
    let bytes: [UInt8]
    let root: JSONValue

    /// The text of a part of the document, byte for byte as the client wrote it.
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// One value of a JSON document.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As it was written: whoever needs a whole number reads it from the digits, without a detour over floating point.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// The number, where it is a whole one that an `Int` holds exactly; `2.0` and `2e0` are whole too.
    var whole: Int? {
        guard case .number(let text) = self else { return nil }
        if let exact = Int(text) { return exact }
        guard let value = Double(text), value.rounded() == value, abs(value) < 9_007_199_254_740_992 else { return nil }
        return Int(value)
    }

    var number: Double? {
        guard case .number(let text) = self, let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

extension Double {
    /// As a person would write it, and as JSON has it.
    var asWritten: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}

/// One member of a JSON object, and where in the document its value stands.
struct JSONMember: Sendable, Equatable {
    let name: String
    let value: JSONValue
    let text: Range<Int>
}

/// What is wrong with a text that should be JSON.
struct JSONFault: Error, Equatable {
    let what: String
    /// The byte at which reading stopped.
    let position: Int
}
