import CallControl
import CallCore

/// The body of a batch, with what is wrong with it as a whole; what is wrong with a row is the row's.
struct BatchInput: Sendable {
    /// Nil where it is missing or wrong.
    let order: BatchOrder?
    let faults: [Fault]
    /// The agent, where its id is well formed.
    let agent: AgentID?

    private static let fields = [
        "agentId", "calls", "defaultPriority", "defaultScheduledAt", "stopOnError", "dryRun", "name",
        "retryConfig", "timezoneAwareConfig", "breaker", "budget",
    ]

    init(_ document: JSONDocument, at now: Moment) throws(APIError) {
        var fields = try Fields(document, known: Self.fields)
        fields.require("agentId")
        agent = fields.agent("agentId")
        fields.require("calls")
        let calls = fields.objects("calls", in: 1...Batches.mostCalls, known: OrderInput.rowFields)
        let config = WindowInput.config(&fields)
        let defaults = OrderInput.Defaults(
            priority: fields.priority("defaultPriority"), scheduledAt: fields.time("defaultScheduledAt", at: now),
            retries: fields.object("retryConfig", known: RetryInput.fields) { RetryInput.plan(&$0, at: now) } ?? nil,
            place: config.place, window: config.window)
        let stopOnError = fields.bool("stopOnError") ?? false
        let isRehearsal = fields.bool("dryRun") ?? false
        let name = fields.text("name", atMost: 200)
        let guards = BatchGuards(
            breaker: fields.object("breaker", known: BreakerInput.fields) { BreakerInput.breaker(&$0) } ?? nil,
            budget: fields.object("budget", known: BudgetInput.fields) {
                BudgetInput.budget(&$0, place: config.place)
            } ?? nil)
        faults = fields.faults
        guard faults.isEmpty, let agent, let calls else {
            order = nil
            return
        }
        let rows = calls.map { Self.row($0, of: agent, defaults, at: now) }
        order = BatchOrder(
            agent: agent, name: name, stopOnError: stopOnError, isRehearsal: isRehearsal, guards: guards, rows: rows)
    }

    private static func row(
        _ fields: Fields?, of agent: AgentID, _ defaults: OrderInput.Defaults, at now: Moment
    ) -> BatchOrder.Row {
        guard let fields else { return .refused(RowRefusal("A call must be a JSON object")) }
        let input = OrderInput(row: fields, of: agent, defaults, at: now)
        guard let order = input.order, input.faults.isEmpty else {
            return .refused(
                RowRefusal(
                    input.faults.first?.message ?? "Bad request",
                    input.faults.prefix(20).map { FieldFault($0.field, $0.reason) }))
        }
        return .order(order)
    }
}

/// The body of a request to cancel a batch, with the reason from the query, and with all that is wrong with them.
struct BatchCancelInput: Sendable {
    let live: Stop.Live
    let reason: String?

    init(_ inquiry: Inquiry) async throws(APIError) {
        var query = inquiry.query(["reason"], words: ["reason"])
        let fromQuery = query.text("reason", atMost: 500)
        var live: Stop.Live?
        var fromBody: String?
        if let document = try await inquiry.json() {
            var fields = try Fields(document, known: ["reason", "live"])
            live = fields.word("live", of: Stop.Live.self)
            fromBody = fields.text("reason", atMost: 500, lines: true)
            if let fromBody, let fromQuery, fromBody != fromQuery {
                fields.note(Fault("reason", "is given in the body and in the query, with different values"))
            }
            for fault in fields.faults { query.note(fault) }
        }
        guard query.faults.isEmpty else { throw .invalid(query.faults) }
        self.live = live ?? .hangup
        reason = fromBody ?? fromQuery
    }
}
