/// What is wrong with one field or parameter of a request.
struct Fault: Sendable, Equatable {
    let field: String
    let reason: String
    /// The sentence that stands for the whole answer, where it is not simply "field reason".
    var sentence: String?

    init(_ field: String, _ reason: String, sentence: String? = nil) {
        self.field = field
        self.reason = reason
        self.sentence = sentence
    }

    var message: String { sentence ?? "\(field) \(reason)" }

    static func phone(_ field: String) -> Fault {
        let words = "Phone number must be in E.164 format (+1234567890)"
        return Fault(field, words, sentence: words)
    }

    static func agentID(_ field: String = "agentId") -> Fault {
        Fault(field, "Invalid agent ID format", sentence: "Invalid agent ID format")
    }

    static func notYet(_ field: String) -> Fault { Fault(field, "is not supported yet") }

    /// Something that is not known, with the nearest of what is.
    static func unknown(_ kind: String, _ name: String, known: [String]) -> Fault {
        let name = String(name.prefix(64))
        let hint =
            nearest(to: name, among: known).map { " (did you mean \($0)?)" }
            ?? (known.isEmpty ? "" : "; allowed: \(known.joined(separator: ", "))")
        return Fault(name, "unknown \(kind)\(hint)", sentence: "Unknown \(kind) \(name)\(hint)")
    }
}
