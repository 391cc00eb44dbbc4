/// A voice agent of an organization: which worker joins, over which trunk and from which numbers it calls, and its limits.
package struct Agent: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable { case active, inactive }

    package let id: AgentID
    package let organization: OrganizationID
    package var name: String
    package var status: Status
    /// LiveKit's dispatch name.
    ///
    /// None: no dispatch, and no waiting for an agent before the dial.
    package var agentName: String?
    package var instructions: String?
    package var model: String?
    /// A free-form JSON object, kept as text.
    package var config: String?
    package var phoneNumbers: [PhoneNumber]
    /// LiveKit's outbound trunk, or nil for the server's default one.
    package var trunkID: String?
    /// Nil: unlimited.
    package var maxConcurrentCalls: Int?
    /// Dials begun in any second; nil: unlimited.
    package var callsPerSecond: Double?
    /// Nil: its failures pause nothing.
    package var breaker: Breaker?
    /// Seconds, 5–75.
    package var ringingTimeout: Int
    /// Seconds from the dial, ringing included, 10–14,400.
    package var maxCallDuration: Int
    /// For its calls that name none themselves.
    package var callWindow: CallWindow?
    /// Its organization's, which holds where the agent has none; it is read with the agent and not written with it.
    package let organizationWindow: CallWindow?
    package let createdAt: Moment
    package var updatedAt: Moment

    package static let ringingTimeouts = 5...75
    package static let concurrencies = 1...100_000
    package static let rates = 0.001...1000.0
    package static let maxCallDurations = 10...14_400

    package init(
        id: AgentID, organization: OrganizationID, name: String, status: Status = .active, agentName: String? = nil,
        instructions: String? = nil, model: String? = nil, config: String? = nil, phoneNumbers: [PhoneNumber] = [],
        trunkID: String? = nil, maxConcurrentCalls: Int? = nil, callsPerSecond: Double? = nil, breaker: Breaker? = nil,
        ringingTimeout: Int = 30, maxCallDuration: Int = 3600,
        callWindow: CallWindow? = nil, organizationWindow: CallWindow? = nil, createdAt: Moment,
        updatedAt: Moment? = nil
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.status = status
        self.agentName = agentName
        self.instructions = instructions
        self.model = model
        self.config = config
        self.phoneNumbers = phoneNumbers
        self.trunkID = trunkID
        self.maxConcurrentCalls = maxConcurrentCalls
        self.callsPerSecond = callsPerSecond
        self.breaker = breaker
        self.ringingTimeout = ringingTimeout
        self.maxCallDuration = maxCallDuration
        self.callWindow = callWindow
        self.organizationWindow = organizationWindow
        self.createdAt = createdAt
        self.updatedAt = updatedAt ?? createdAt
    }
}
