import CallCore

/// The query parameters of a request, read one by one, with all that is wrong with them.
struct Query: Sendable {
    private var values: [String: [String]] = [:]
    private(set) var faults: [Fault] = []

    /// `words` are parameters in which a plus is a space, as forms write it.
    init(_ text: String?, known: [String], words: Set<String> = []) {
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts[0].percentDecoded(),
                let value = (parts.count > 1 ? parts[1] : "").percentDecoded(plusIsSpace: words.contains(name))
            else {
                faults.append(Fault("query", "has a parameter that is not percent-encoded UTF-8"))
                continue
            }
            if known.contains(name) {
                values[name, default: []].append(value)
            } else {
                faults.append(.unknown("query parameter", name, known: known))
            }
        }
    }

    mutating func text(_ name: String, atMost limit: Int = 200) -> String? {
        guard let all = values[name] else { return nil }
        guard all.count == 1 else { return refuse(name, "is given more than once") }
        guard !all[0].isEmpty else { return refuse(name, "must not be empty") }
        guard all[0].unicodeScalars.count <= limit else { return refuse(name, "is longer than \(limit) characters") }
        return all[0]
    }

    mutating func whole(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            return refuse(
                name,
                range.upperBound == .max
                    ? "must be a whole number, \(range.lowerBound) or more"
                    : "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    mutating func moment(_ name: String) -> Moment? {
        guard let text = text(name) else { return nil }
        guard let moment = Moment(rfc3339: text) else { return refuse(name, Fields.timeRule) }
        return moment
    }

    mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Word.Type) -> Word? {
        guard let text = text(name) else { return nil }
        return word(name, text, of: type)
    }

    /// A parameter that may be repeated, and that may hold several words with commas between them.
    mutating func words<Word: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Word.Type) -> [Word] {
        guard let all = values[name] else { return [] }
        return all.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
            .compactMap { word(name, String($0), of: type) }
    }

    mutating func phone(_ name: String) -> PhoneNumber? {
        guard let text = text(name) else { return nil }
        guard let number = PhoneNumber(text) else {
            faults.append(.phone(name))
            return nil
        }
        return number
    }

    mutating func agent(_ name: String) -> AgentID? {
        guard let text = text(name) else { return nil }
        guard let id = AgentID(wellFormed: text) else {
            faults.append(.agentID(name))
            return nil
        }
        return id
    }

    mutating func batch(_ name: String) -> BatchID? {
        guard let text = text(name) else { return nil }
        guard text.isIdentifier else { return refuse(name, "is no id of a batch") }
        return BatchID(rawValue: text)
    }

    mutating func note(_ fault: Fault) { faults.append(fault) }

    @discardableResult
    mutating func refuse<Value>(_ name: String, _ reason: String) -> Value? {
        faults.append(Fault(name, reason))
        return nil
    }

    private mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ text: String, of type: Word.Type
    ) -> Word? {
        if let word = Word(rawValue: text) { return word }
        return refuse(name, "must be one of \(type.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}

extension AgentID {
    /// A UUID, in lower case whatever the client wrote; nil for anything else.
    init?(wellFormed text: String) {
        let bytes = Array(text.utf8.prefix(37))
        guard bytes.count == 36 else { return nil }
        for (index, byte) in bytes.enumerated() {
            let fits =
                switch index {
                case 8, 13, 18, 23: byte == 0x2D
                default: Character(Unicode.Scalar(byte)).isASCII && Character(Unicode.Scalar(byte)).isHexDigit
                }
            guard fits else { return nil }
        }
        self.init(rawValue: text.lowercased())
    }
}
