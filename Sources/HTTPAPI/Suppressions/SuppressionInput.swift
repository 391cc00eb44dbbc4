import CallControl
import CallCore

/// The body of a request to suppress numbers, with all that is wrong with it.
struct SuppressionInput: Sendable {
    /// Empty where none is given, or one is wrong.
    let numbers: [PhoneNumber]
    let live: Stop.Live
    let reason: String?
    let faults: [Fault]

    init(_ document: JSONDocument) throws(APIError) {
        var fields = try Fields(document, known: ["phoneNumber", "phoneNumbers", "live", "reason"])
        let isOne = !fields.isMissing("phoneNumber")
        if isOne == !fields.isMissing("phoneNumbers") {
            fields.note(
                Fault(
                    "phoneNumber", isOne ? "and phoneNumbers cannot be given together" : "or phoneNumbers is required"))
        }
        let one = fields.phone("phoneNumber").map { [$0] }
        let many = Self.many(&fields)
        numbers = one ?? many ?? []
        live = fields.word("live", of: Stop.Live.self) ?? .leave
        reason = fields.text("reason", atMost: 500, lines: true)
        faults = fields.faults
    }

    /// Every number that is wrong is told: who imports a list wants to see them all.
    private static func many(_ fields: inout Fields) -> [PhoneNumber]? {
        let name = "phoneNumbers"
        guard let texts = fields.strings(name, atMost: Suppressions.mostNumbers) else { return nil }
        guard !texts.isEmpty else { return fields.refuse(name, "must name at least one phone number") }
        return texts.enumerated().compactMap { index, text in
            let number = PhoneNumber(text)
            if number == nil { fields.note(.phone("\(name)[\(index)]")) }
            return number
        }
    }
}
