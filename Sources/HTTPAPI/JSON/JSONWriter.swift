import CallCore
import NIOCore

/// Writes JSON into a buffer, member by member: no intermediate tree, and the order is the order of the calls.
struct JSONWriter {
    private(set) var buffer: ByteBuffer
    private var needsComma = false

    init(capacity: Int = 1024) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

    /// The text of one object.
    static func object(capacity: Int = 1024, _ members: (inout JSONWriter) -> Void) -> ByteBuffer {
        var writer = JSONWriter(capacity: capacity)
        writer.object(members)
        return writer.buffer
    }

    mutating func object(_ members: (inout JSONWriter) -> Void) {
        open("{")
        members(&self)
        close("}")
    }

    mutating func object(_ name: String, _ members: (inout JSONWriter) -> Void) {
        put(name: name)
        object(members)
    }

    mutating func array<Item>(_ name: String, _ items: some Sequence<Item>, _ each: (inout JSONWriter, Item) -> Void) {
        put(name: name)
        open("[")
        for item in items { each(&self, item) }
        close("]")
    }

    mutating func string(_ name: String, _ value: String?) {
        guard let value else { return null(name) }
        put(name: name)
        string(value)
    }

    /// A value of an array.
    mutating func string(_ value: String) {
        comma()
        quoted(value)
        needsComma = true
    }

    mutating func number(_ name: String, _ value: Int?) { token(name, value.map(String.init)) }
    mutating func bool(_ name: String, _ value: Bool) { token(name, value ? "true" : "false") }
    mutating func moment(_ name: String, _ value: Moment?) { token(name, value.map { "\"\($0)\"" }) }
    mutating func null(_ name: String) { token(name, nil) }
    /// A text that is known to be JSON, as it is.
    mutating func json(_ name: String, _ text: String?) { token(name, text) }

    private mutating func token(_ name: String, _ text: String?) {
        put(name: name)
        buffer.writeString(text ?? "null")
        needsComma = true
    }

    private mutating func put(name: String) {
        comma()
        quoted(name)
        buffer.writeStaticString(":")
        needsComma = false
    }

    private mutating func open(_ bracket: StaticString) {
        comma()
        buffer.writeStaticString(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: StaticString) {
        buffer.writeStaticString(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { buffer.writeStaticString(",") }
        needsComma = false
    }

    private mutating func quoted(_ text: String) {
        buffer.writeStaticString("\"")
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 == 0xE2 }) {
            for scalar in text.unicodeScalars { put(scalar) }
        } else {
            buffer.writeString(text)
        }
        buffer.writeStaticString("\"")
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": buffer.writeStaticString("\\\"")
        case "\\": buffer.writeStaticString("\\\\")
        case "\n": buffer.writeStaticString("\\n")
        case "\r": buffer.writeStaticString("\\r")
        case "\t": buffer.writeStaticString("\\t")
        // Line ends to JavaScript and to some log readers, though not to JSON.
        case "\u{0}"..."\u{1F}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            buffer.writeString("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        default: buffer.writeBytes(UTF8.encode(scalar).map(Array.init) ?? [])
        }
    }
}
