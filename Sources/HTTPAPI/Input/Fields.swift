import CallCore
import HTTPTypes

/// The fields of a JSON object, read one by one, with all that is wrong with them: a client hears of it at once.
struct Fields: Sendable {
    static let timeRule = "must be an RFC 3339 date and time with an offset, for example 2026-03-01T09:30:00Z"
    /// For metadata and the like, in bytes of JSON.
    static let freeFormLimit = 16 * 1024

    private let document: JSONDocument
    private let members: [JSONMember]
    private(set) var faults: [Fault] = []

    init(_ document: JSONDocument, known: [String]) throws(APIError) {
        guard case .object(let list) = document.root else {
            throw APIError(.badRequest, "Request body must be a JSON object")
        }
        self.init(document, list, known: known)
    }

    /// `known`: nil where there may be any.
    private init(_ document: JSONDocument, _ list: [JSONMember], known: [String]?) {
        self.document = document
        members = list
        guard let known else { return }
        faults = list.filter { !known.contains($0.name) }.prefix(20).map { .unknown("field", $0.name, known: known) }
    }

    /// Whether the field is there, be it null.
    func has(_ name: String) -> Bool { member(name) != nil }
    func isNull(_ name: String) -> Bool { member(name)?.value == .null }
    func isMissing(_ name: String) -> Bool { value(name) == nil }
    private func value(_ name: String) -> JSONValue? { member(name).flatMap { $0.value == .null ? nil : $0.value } }
    /// One by one: of the few that an object has this takes less than a dictionary's making.
    private func member(_ name: String) -> JSONMember? { members.first { $0.name == name } }

    /// A string without control characters; `lines` allows line ends and tabs.
    mutating func text(_ name: String, atMost limit: Int, lines: Bool = false) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { return refuse(name, "must be a string") }
        guard !text.isEmpty else { return refuse(name, "must not be empty") }
        guard text.unicodeScalars.count <= limit else { return refuse(name, "is longer than \(limit) characters") }
        let allowed: Set<Unicode.Scalar> = lines ? ["\n", "\r", "\t"] : []
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || allowed.contains($0) }) else {
            return refuse(name, "must not have control characters")
        }
        return text
    }

    mutating func whole(_ name: String, in range: ClosedRange<Int>, note: String = "") -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.whole, range.contains(number) else {
            return refuse(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)\(note)")
        }
        return number
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.number, range.contains(number) else {
            return refuse(
                name, "must be a number from \(range.lowerBound.asWritten) to \(range.upperBound.asWritten)")
        }
        return number
    }

    mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let truth) = value else { return refuse(name, "must be true or false") }
        return truth
    }

    mutating func moment(_ name: String) -> Moment? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value, let moment = Moment(rfc3339: text) else {
            return refuse(name, Self.timeRule)
        }
        return moment
    }

    mutating func phone(_ name: String) -> PhoneNumber? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value, let number = PhoneNumber(text) else {
            faults.append(.phone(name))
            return nil
        }
        return number
    }

    mutating func agent(_ name: String) -> AgentID? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value, let id = AgentID(wellFormed: text) else {
            faults.append(.agentID(name))
            return nil
        }
        return id
    }

    mutating func phones(_ name: String, atMost limit: Int) -> [PhoneNumber]? {
        guard let value = value(name) else { return nil }
        guard case .array(let items) = value, items.count <= limit else {
            return refuse(name, "must be an array of at most \(limit) phone numbers")
        }
        var numbers: [PhoneNumber] = []
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item, let number = PhoneNumber(text) else {
                faults.append(.phone("\(name)[\(index)]"))
                return nil
            }
            guard !numbers.contains(number) else { return refuse("\(name)[\(index)]", "is there twice") }
            numbers.append(number)
        }
        return numbers
    }

    mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Word.Type) -> Word? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value, let word = Word(rawValue: text) else {
            return refuse(name, "must be one of \(type.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// The fields of an object in this one, read by `read`; its faults are this one's, under its name.
    ///
    /// `known`: nil where there may be any.
    mutating func object<Value>(_ name: String, known: [String]?, _ read: (inout Fields) -> Value) -> Value? {
        guard let value = value(name) else { return nil }
        guard case .object(let list) = value else { return refuse(name, "must be a JSON object") }
        var inner = Fields(document, list, known: known)
        let result = read(&inner)
        faults += inner.faults.map {
            Fault($0.field.isEmpty ? name : "\(name).\($0.field)", $0.reason, sentence: $0.sentence)
        }
        return result
    }

    /// The objects of an array, each with its own faults, which are not this one's; nil in the place of what is no object.
    mutating func objects(_ name: String, in range: ClosedRange<Int>, known: [String]) -> [Fields?]? {
        guard let value = value(name) else { return nil }
        guard case .array(let items) = value, range.contains(items.count) else {
            return refuse(name, "must be an array of \(range.lowerBound) to \(range.upperBound) objects")
        }
        return items.map { item in
            if case .object(let list) = item { Fields(document, list, known: known) } else { nil }
        }
    }

    /// As `object`, of one that may have any fields; whoever reads all of it says what is wrong where it is no object.
    mutating func openObject<Value>(_ name: String, _ read: (inout Fields) -> Value) -> Value? {
        guard case .object = value(name) else { return nil }
        return object(name, known: nil, read)
    }

    /// A string, or an array of them.
    mutating func strings(_ name: String, atMost limit: Int) -> [String]? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value { return [text] }
        guard case .array(let items) = value, items.count <= limit else {
            return refuse(name, "must be an array of at most \(limit) strings")
        }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item else { return refuse("\(name)[\(index)]", "must be a string") }
            texts.append(text)
        }
        return texts
    }

    /// A free-form JSON object, as the client wrote it.
    mutating func freeForm(_ name: String) -> String? {
        guard let member = member(name), member.value != .null else { return nil }
        guard case .object = member.value else { return refuse(name, "must be a JSON object") }
        guard member.text.count <= Self.freeFormLimit else { return refuse(name, "is larger than 16 KiB") }
        return document.text(member.text)
    }

    /// One value under either of two names; both may be there if they agree.
    mutating func either<Value: Equatable>(
        _ name: String, _ alias: String, _ read: (inout Fields, String) -> Value?
    ) -> Value? {
        let first = read(&self, name)
        let second = read(&self, alias)
        if let first, let second, first != second {
            return refuse(alias, "and \(name) are the same field, and are given with different values")
        }
        return first ?? second
    }

    /// A field that must be there and not null.
    mutating func require(_ name: String, orAlias alias: String? = nil) {
        guard value(name) == nil, alias.flatMap({ value($0) }) == nil else { return }
        faults.append(Fault(name, "is required"))
    }

    /// Documented fields whose feature is not built: refused, because to ignore them would be to do something else.
    mutating func notYet(_ names: String...) {
        for name in names where value(name) != nil { faults.append(.notYet(name)) }
    }

    mutating func note(_ fault: Fault) { faults.append(fault) }

    @discardableResult
    mutating func refuse<Value>(_ name: String, _ reason: String) -> Value? {
        faults.append(Fault(name, reason))
        return nil
    }
}
