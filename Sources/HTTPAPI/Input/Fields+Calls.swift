import CallControl
import CallCore

// What requests about many calls have in their fields.
extension Fields {
    /// Ids of calls, each once, in the order in which they are given.
    mutating func calls(_ name: String, atMost limit: Int) -> [CallID]? {
        guard let texts = strings(name, atMost: limit) else { return nil }
        guard !texts.isEmpty else { return refuse(name, "must name at least one call") }
        var seen: Set<String> = []
        var ids: [CallID] = []
        for (index, text) in texts.enumerated() {
            guard text.isIdentifier else { return refuse("\(name)[\(index)]", "is no id of a call") }
            if seen.insert(text).inserted { ids.append(CallID(rawValue: text)) }
        }
        return ids
    }

    mutating func batch(_ name: String) -> BatchID? {
        guard let text = text(name, atMost: 64) else { return nil }
        guard text.isIdentifier else { return refuse(name, "is no id of a batch") }
        return BatchID(rawValue: text)
    }

    /// One word, several with commas between them, or an array of words.
    mutating func words<Word: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Word.Type) -> [Word] {
        guard let texts = strings(name, atMost: 20) else { return [] }
        var words: [Word] = []
        for text in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let word = Word(rawValue: String(text)) else {
                refuse(name, "must be one of \(type.allCases.map(\.rawValue).joined(separator: ", "))") as Void?
                return []
            }
            words.append(word)
        }
        return words
    }

    /// A field that can only be true: it says something outright.
    mutating func truth(_ name: String) -> Bool {
        guard let truth = bool(name) else { return false }
        if !truth { note(Fault(name, "can only be true")) }
        return truth
    }

    mutating func priority(_ name: String) -> Int? {
        whole(name, in: CallOrder.priorities, note: "; lower is sooner")
    }

    /// When a call is to be dialled.
    mutating func time(_ name: String, at now: Moment) -> Moment? {
        guard let moment = moment(name) else { return nil }
        guard moment <= now + Self.horizon else { return refuse(name, "is more than five years ahead") }
        return moment
    }

    /// No date of a call lies further ahead: what does is a mistake of units or of the year.
    static let horizon: Duration = .seconds(5 * 366 * 86_400)

    /// What is wrong with the object as a whole.
    mutating func noteOfAll(_ reason: String) { note(Fault("", reason)) }
}
