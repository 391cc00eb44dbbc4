import CallControl
import CallCore

/// The body of a request to set a stop, with all that is wrong with it.
struct StopInput: Sendable {
    /// Nil where it is missing or wrong.
    let scope: StopScope?
    let live: Stop.Live
    let queue: Stop.Queue
    let reason: String?
    let until: Moment?
    let faults: [Fault]

    private static let scopes = ["all", "agentId", "batchId", "phoneNumber"]

    init(_ document: JSONDocument, at now: Moment) throws(APIError) {
        var fields = try Fields(document, known: ["scope", "live", "queue", "reason", "until"])
        fields.require("scope")
        scope = fields.object("scope", known: Self.scopes) { Self.scope(&$0) } ?? nil
        live = fields.word("live", of: Stop.Live.self) ?? .hangup
        queue = fields.word("queue", of: Stop.Queue.self) ?? .cancel
        reason = fields.text("reason", atMost: 500, lines: true)
        until = fields.time("until", at: now)
        if let until, until <= now { fields.note(Fault("until", "must be in the future")) }
        faults = fields.faults
    }

    private static func scope(_ fields: inout Fields) -> StopScope? {
        let given = scopes.filter { fields.has($0) && !fields.isNull($0) }
        guard given.count == 1 else {
            // A misspelt one is told already.
            if fields.faults.isEmpty { fields.noteOfAll("must have exactly one of \(scopes.joined(separator: ", "))") }
            return nil
        }
        switch given.first {
        case "agentId": return fields.agent("agentId").map(StopScope.agent)
        case "batchId": return fields.batch("batchId").map(StopScope.batch)
        case "phoneNumber": return fields.phone("phoneNumber").map(StopScope.phone)
        default: return fields.truth("all") ? .all : nil
        }
    }
}
