import CallControl
import CallCore

/// The body of a bulk cancel, with all that is wrong with it.
struct BulkCancelInput: Sendable {
    /// Nil where it is missing or wrong.
    let target: CallControl.Operation.Target?
    let live: Stop.Live
    let reason: String?
    let isRehearsal: Bool
    let faults: [Fault]

    private static let filterFields = [
        "all", "agentId", "status", "direction", "phoneNumber", "batchId", "startDate", "endDate", "q",
    ]

    private enum Direction: String, CaseIterable { case outbound }

    init(_ document: JSONDocument, by caller: Caller) throws(APIError) {
        var fields = try Fields(document, known: ["ids", "filter", "reason", "dryRun", "live"])
        let ids = fields.calls("ids", atMost: Operations.mostIDs)
        let filter = fields.object("filter", known: Self.filterFields) { Self.filter(&$0, caller) } ?? nil
        let isGiven = (fields.has("ids") && !fields.isNull("ids"), fields.has("filter") && !fields.isNull("filter"))
        if isGiven.0 == isGiven.1 {
            fields.note(Fault("ids", isGiven.0 ? "and filter cannot be given together" : "or filter is required"))
        }
        target = ids.map { .ids($0) } ?? filter.map { .filter($0) }
        live = fields.word("live", of: Stop.Live.self) ?? .hangup
        reason = fields.text("reason", atMost: 500, lines: true)
        isRehearsal = fields.bool("dryRun") ?? false
        faults = fields.faults
    }

    private static func filter(_ fields: inout Fields, _ caller: Caller) -> CallQuery? {
        let given = filterFields.filter { fields.has($0) && !fields.isNull($0) }
        if given.isEmpty, fields.faults.isEmpty {
            fields.noteOfAll(#"must have at least one field; {"all": true} must be said"#)
        }
        if given.contains("all") {
            _ = fields.truth("all")
            if given.count > 1 { fields.note(Fault("all", "cannot be given together with other fields")) }
        }
        var query = CallQuery(organization: caller.organization)
        query.agent = fields.agent("agentId")
        query.batch = fields.batch("batchId")
        query.phone = fields.phone("phoneNumber")
        query.from = fields.moment("startDate")
        query.to = fields.moment("endDate")
        query.prefix = fields.text("q", atMost: 200)
        query.statuses = Set(fields.words("status", of: CallStatus.self))
        // No call of this server comes from outside, so that the other direction would be a mistake.
        _ = fields.word("direction", of: Direction.self)
        for status in query.statuses.filter(\.isFinal).map(\.rawValue).sorted() {
            fields.note(
                Fault("status", "\(status) is final: only initiated, connecting, ringing and active can be cancelled"))
        }
        return fields.faults.isEmpty ? query : nil
    }
}
