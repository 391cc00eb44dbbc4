import CallControl
import CallCore

/// The body of a schedule or outbound request as far as it could be read, with all that is wrong with it.
struct OrderInput: Sendable {
    /// Nil where something required is missing or wrong.
    private(set) var order: CallOrder?
    private(set) var faults: [Fault]
    /// The agent, where its id is well formed.
    let agent: AgentID?

    /// No date of a call lies further ahead: what does is a mistake of units or of the year.
    static let horizon: Duration = .seconds(5 * 366 * 86_400)

    private static let outboundFields = ["agentId", "phoneNumber", "contactPhone", "callerId", "metadata", "priority"]
    private static let scheduleFields =
        outboundFields + ["contactName", "contactEmail", "scheduledAt", "callMetadata"] + futureFields
        + RetryInput.fields
    /// Documented, and refused until they do something.
    private static let futureFields = ["timezone", "localScheduleTime", "targetLocalTime", "callWindow"]

    init(outbound document: JSONDocument) throws(APIError) {
        var fields = try Fields(document, known: Self.outboundFields)
        fields.require("agentId")
        agent = fields.agent("agentId")
        order = Self.order(&fields, agent, phone: "phoneNumber", alias: "contactPhone")
        faults = fields.faults
    }

    init(scheduled document: JSONDocument, at now: Moment) throws(APIError) {
        var fields = try Fields(document, known: Self.scheduleFields)
        fields.require("agentId")
        agent = fields.agent("agentId")
        order = Self.order(&fields, agent, phone: "contactPhone", alias: "phoneNumber")
        let at = fields.moment("scheduledAt")
        if let at, at > now + Self.horizon { fields.note(Fault("scheduledAt", "is more than five years ahead")) }
        order?.scheduledAt = at
        order?.callMetadata = fields.freeForm("callMetadata")
        order?.retries = RetryInput.plan(&fields, at: now)
        Self.refuseWhatIsNotBuilt(&fields)
        faults = fields.faults
    }

    private static func order(
        _ fields: inout Fields, _ agent: AgentID?, phone: String, alias: String
    ) -> CallOrder? {
        fields.require(phone, orAlias: alias)
        let phone = fields.either(phone, alias) { $0.phone($1) }
        let name = fields.text("contactName", atMost: 200)
        let email = fields.text("contactEmail", atMost: 254)
        if let email, !email.looksLikeMail { fields.note(Fault("contactEmail", "is not an e-mail address")) }
        let callerID = fields.phone("callerId")
        let priority = fields.whole("priority", in: CallOrder.priorities, note: "; lower is sooner")
        let metadata = fields.freeForm("metadata")
        guard let agent, let phone else { return nil }
        var order = CallOrder(agent: agent, contact: Contact(phone: phone, name: name, email: email))
        order.callerID = callerID
        order.priority = priority ?? order.priority
        order.metadata = metadata
        return order
    }

    private static func refuseWhatIsNotBuilt(_ fields: inout Fields) {
        fields.notYet("timezone", "localScheduleTime", "targetLocalTime", "callWindow")
        let inner = fields.names(in: "callMetadata")
        for name in ["doNotCallBefore", "doNotCallAfter"] where inner.contains(name) {
            fields.note(.notYet("callMetadata.\(name)"))
        }
    }
}

extension String {
    /// Something before and after one `@`, without spaces: whether mail arrives there, nobody knows before.
    fileprivate var looksLikeMail: Bool {
        let parts = split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !contains(" ")
    }
}
