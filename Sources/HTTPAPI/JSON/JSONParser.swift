/// Reads JSON without recursion: what is open lies on a list of its own, so that no nesting can exhaust a thread's stack.
struct JSONParser {
    static let depth = 32

    let bytes: [UInt8]
    var position = 0

    /// The document in `bytes`, or the first fault in it.
    static func document(_ bytes: [UInt8]) throws(JSONFault) -> JSONDocument {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONFault(what: "it is not valid UTF-8", position: 0)
        }
        var parser = JSONParser(bytes: bytes)
        return JSONDocument(bytes: bytes, root: try parser.value())
    }

    /// A container that is open, with what was read of it.
    private struct Open {
        let start: Int
        let isObject: Bool
        var items: [JSONValue] = []
        var members: [JSONMember] = []
        var name = ""
        /// Those of its members, once there are many.
        private var names: Set<String> = []

        init(start: Int, isObject: Bool) {
            self.start = start
            self.isObject = isObject
        }

        /// The name of the next member; false: there is one of that name.
        ///
        /// A few are looked at one by one, which takes less than a set.
        mutating func begin(_ next: String) -> Bool {
            name = next
            guard members.count >= 16 else { return !members.contains { $0.name == next } }
            if names.isEmpty { names = Set(members.map(\.name)) }
            return names.insert(next).inserted
        }
    }

    private mutating func value() throws(JSONFault) -> JSONValue {
        var open: [Open] = []
        while true {
            skipSpace()
            var start = position
            var value: JSONValue
            if take("{") {
                let container = try opened(start, isObject: true, above: open.count)
                skipSpace()
                if take("}") {
                    value = .object([])
                } else {
                    open.append(container)
                    try name(in: &open[open.count - 1])
                    continue
                }
            } else if take("[") {
                let container = try opened(start, isObject: false, above: open.count)
                skipSpace()
                if take("]") {
                    value = .array([])
                } else {
                    open.append(container)
                    continue
                }
            } else {
                value = try scalar()
            }
            // The value is complete: it goes into the container around it, which may be complete with it, and so on.
            while true {
                guard !open.isEmpty else {
                    skipSpace()
                    guard position == bytes.count else { throw fault("there is something behind its end") }
                    return value
                }
                let last = open.count - 1
                if open[last].isObject {
                    open[last].members.append(
                        JSONMember(name: open[last].name, value: value, text: start..<position))
                } else {
                    open[last].items.append(value)
                }
                skipSpace()
                if take(",") {
                    guard open[last].isObject else { break }
                    try name(in: &open[last])
                    break
                }
                guard take(open[last].isObject ? "}" : "]") else {
                    throw fault("a comma or a closing bracket is missing")
                }
                let closed = open.removeLast()
                start = closed.start
                value = closed.isObject ? .object(closed.members) : .array(closed.items)
            }
        }
    }

    private func opened(_ start: Int, isObject: Bool, above: Int) throws(JSONFault) -> Open {
        guard above < Self.depth else {
            throw JSONFault(what: "it is nested deeper than \(Self.depth) levels", position: start)
        }
        return Open(start: start, isObject: isObject)
    }

    private mutating func name(in object: inout Open) throws(JSONFault) {
        skipSpace()
        guard take("\"") else { throw fault("a member's name is missing") }
        guard object.begin(try string()) else { throw fault("a member is there twice") }
        skipSpace()
        guard take(":") else { throw fault("a colon is missing") }
    }

    private mutating func scalar() throws(JSONFault) -> JSONValue {
        if take("\"") { return .string(try string()) }
        if take(word: "true") { return .bool(true) }
        if take(word: "false") { return .bool(false) }
        if take(word: "null") { return .null }
        return .number(try number())
    }

    private mutating func number() throws(JSONFault) -> String {
        let start = position
        _ = take("-")
        if !take("0") {
            guard digits() > 0 else { throw fault(start == bytes.count ? "it ends too early" : "no value") }
        }
        if take(".") { guard digits() > 0 else { throw fault("a number is cut off") } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { throw fault("a number is cut off") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard position - start <= 300, let value = Double(text), value.isFinite else {
            throw fault("a number is too large")
        }
        return text
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position - start
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[position + offset] != word.utf8Start[offset] {
            return false
        }
        position = end
        return true
    }

    func fault(_ what: String) -> JSONFault { JSONFault(what: what, position: position) }
}
