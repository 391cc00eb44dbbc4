import CallControl
import CallCore

/// The body of a schedule or outbound request as far as it could be read, with all that is wrong with it.
struct OrderInput: Sendable {
    /// Nil where something required is missing or wrong.
    private(set) var order: CallOrder?
    private(set) var faults: [Fault]
    /// The agent, where its id is well formed.
    let agent: AgentID?
    /// The field that has the number.
    let phone: String

    private static let outboundFields = ["agentId", "phoneNumber", "contactPhone", "callerId", "metadata", "priority"]
    private static let scheduleFields =
        outboundFields + ["contactName", "contactEmail", "scheduledAt", "callMetadata"]
        + WindowInput.fields + RetryInput.fields
    static let rowFields = scheduleFields.filter { $0 != "agentId" }

    init(outbound document: JSONDocument) throws(APIError) {
        var fields = try Fields(document, known: Self.outboundFields)
        fields.require("agentId")
        agent = fields.agent("agentId")
        phone = fields.isMissing("phoneNumber") ? "contactPhone" : "phoneNumber"
        order = Self.order(&fields, agent, phone: "phoneNumber", alias: "contactPhone")
        faults = fields.faults
    }

    /// What a batch says for those of its rows that do not say it themselves.
    struct Defaults: Sendable, Equatable {
        var priority: Int?
        var scheduledAt: Moment?
        var retries: RetryPlan?
        var place: Zone?
        var window: CallWindow?
    }

    init(scheduled document: JSONDocument, at now: Moment) throws(APIError) {
        var fields = try Fields(document, known: Self.scheduleFields)
        fields.require("agentId")
        agent = fields.agent("agentId")
        phone = Self.phone(fields)
        order = Self.scheduled(&fields, agent, Defaults(), at: now)
        faults = fields.faults
    }

    /// A row of a batch, whose fields are `rowFields`.
    init(row fields: Fields, of agent: AgentID, _ defaults: Defaults, at now: Moment) {
        var fields = fields
        self.agent = agent
        phone = Self.phone(fields)
        order = Self.scheduled(&fields, agent, defaults, at: now)
        faults = fields.faults
    }

    private static func phone(_ fields: Fields) -> String {
        fields.isMissing("contactPhone") ? "phoneNumber" : "contactPhone"
    }

    private static func scheduled(
        _ fields: inout Fields, _ agent: AgentID?, _ defaults: Defaults, at now: Moment
    ) -> CallOrder? {
        var order = order(&fields, agent, phone: "contactPhone", alias: "phoneNumber", defaults)
        // Read also where there is no order, for their faults.
        let at = fields.time("scheduledAt", at: now)
        let callMetadata = fields.freeForm("callMetadata")
        let hasOwnRetries = RetryInput.fields.contains { !fields.isMissing($0) }
        let retries = RetryInput.plan(&fields, at: now)
        let place = WindowInput.place(&fields) ?? defaults.place
        let next = WindowInput.next(&fields, place: place, at: now)
        let windows = WindowInput.windows(&fields, place: place, default: defaults.window)
        order?.scheduledAt = next ?? at ?? defaults.scheduledAt
        order?.callMetadata = callMetadata
        order?.retries = retries ?? (hasOwnRetries ? nil : defaults.retries)
        order?.windows = windows
        return order
    }

    private static func order(
        _ fields: inout Fields, _ agent: AgentID?, phone: String, alias: String, _ defaults: Defaults = Defaults()
    ) -> CallOrder? {
        fields.require(phone, orAlias: alias)
        let phone = fields.either(phone, alias) { $0.phone($1) }
        let name = fields.text("contactName", atMost: 200)
        let email = fields.text("contactEmail", atMost: 254)
        if let email, !email.looksLikeMail { fields.note(Fault("contactEmail", "is not an e-mail address")) }
        let callerID = fields.phone("callerId")
        let priority = fields.priority("priority")
        let metadata = fields.freeForm("metadata")
        guard let agent, let phone else { return nil }
        var order = CallOrder(agent: agent, contact: Contact(phone: phone, name: name, email: email))
        order.callerID = callerID
        order.priority = priority ?? defaults.priority ?? order.priority
        order.metadata = metadata
        return order
    }
}

extension String {
    /// Something before and after one `@`, without spaces: whether mail arrives there, nobody knows before.
    fileprivate var looksLikeMail: Bool {
        let parts = split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !contains(" ")
    }
}
