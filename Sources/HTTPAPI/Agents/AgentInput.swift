import CallCore

/// The body of a request that makes or changes an agent: each field that is there becomes one change.
struct AgentInput: Sendable {
    private(set) var changes: [@Sendable (inout Agent) -> Void] = []
    private(set) var faults: [Fault] = []
    private(set) var name: String?

    private enum Kind: String, CaseIterable { case voice }

    static let fields = [
        "name", "type", "status", "agentName", "instructions", "model", "config", "phoneNumbers", "trunkId",
        "maxConcurrentCalls", "callsPerSecond", "breaker", "ringingTimeout", "maxCallDuration", "callWindow",
    ]
    /// They have a value at all times, so that null is no value for them.
    private static let neverNull = ["name", "type", "status", "phoneNumbers", "ringingTimeout", "maxCallDuration"]

    init(_ document: JSONDocument, isNew: Bool) throws(APIError) {
        var fields = try Fields(document, known: Self.fields)
        if isNew {
            fields.require("name")
        } else {
            for name in Self.neverNull where fields.isNull(name) { fields.note(Fault(name, "must not be null")) }
        }
        name = fields.text("name", atMost: 200)
        if let name { changes.append { $0.name = name } }
        _ = fields.word("type", of: Kind.self)
        if let status = fields.word("status", of: Agent.Status.self) { changes.append { $0.status = status } }
        if let numbers = fields.phones("phoneNumbers", atMost: 100) { changes.append { $0.phoneNumbers = numbers } }
        if let seconds = fields.whole("ringingTimeout", in: Agent.ringingTimeouts, note: " seconds") {
            changes.append { $0.ringingTimeout = seconds }
        }
        if let seconds = fields.whole("maxCallDuration", in: Agent.maxCallDurations, note: " seconds") {
            changes.append { $0.maxCallDuration = seconds }
        }
        optional("agentName", fields.text("agentName", atMost: 200), fields, \.agentName)
        optional("instructions", fields.text("instructions", atMost: 32_768, lines: true), fields, \.instructions)
        optional("model", fields.text("model", atMost: 200), fields, \.model)
        optional("config", fields.freeForm("config"), fields, \.config)
        optional("trunkId", fields.text("trunkId", atMost: 200), fields, \.trunkID)
        let most = fields.whole("maxConcurrentCalls", in: Agent.concurrencies)
        if most != nil || fields.isNull("maxConcurrentCalls") { changes.append { $0.maxConcurrentCalls = most } }
        let rate = fields.number("callsPerSecond", in: Agent.rates)
        if rate != nil || fields.isNull("callsPerSecond") { changes.append { $0.callsPerSecond = rate } }
        let window = WindowInput.wider(&fields)
        if window != nil || fields.isNull("callWindow") { changes.append { $0.callWindow = window } }
        let breaker = fields.object("breaker", known: BreakerInput.fields) { BreakerInput.breaker(&$0) } ?? nil
        if breaker != nil || fields.isNull("breaker") { changes.append { $0.breaker = breaker } }
        faults = fields.faults
    }

    private mutating func optional(
        _ name: String, _ value: String?, _ fields: Fields, _ path: any WritableKeyPath<Agent, String?> & Sendable
    ) {
        guard fields.has(name), value != nil || fields.isNull(name) else { return }
        changes.append { $0[keyPath: path] = value }
    }

    func apply(to agent: inout Agent) {
        for change in changes { change(&agent) }
    }
}
