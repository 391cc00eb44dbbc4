/// The intent to speak with somebody by phone: it may take several attempts, and ends once.
package struct Call: Sendable, Equatable {
    package let id: CallID
    package let organization: OrganizationID
    package let agent: AgentID
    /// The batch that it was scheduled in, if any.
    package let batch: BatchID?
    package let contact: Contact
    /// One of the agent's numbers, or nil for the trunk's own.
    package let callerID: PhoneNumber?
    /// 0 to 10, lower is sooner.
    package internal(set) var priority: Int
    /// The time that was asked for, or nil for "now".
    package internal(set) var scheduledAt: Moment?
    /// When the next attempt may begin.
    package internal(set) var dueAt: Moment
    /// When it was due before it had to wait for the phone of an attempt before; nil: it did not have to.
    package internal(set) var dueBefore: Moment?
    package let createdAt: Moment
    /// Free-form JSON objects of the customer's, kept as text.
    package internal(set) var metadata: String?
    package let callMetadata: String?
    /// Nil: one attempt is all.
    package let retries: RetryPlan?
    /// Its own: a dial leaves only while all of them are open.
    package let windows: [CallWindow]

    package var phase: Phase
    /// Attempts that are over, oldest first.
    package var pastAttempts: [Attempt]
    package var cancelledBy: Cancellation?
    /// Free text from the agent, or a word of the server's own (`agent_left`).
    package var outcome: String?
    package var updatedAt: Moment

    package init(
        id: CallID, organization: OrganizationID, agent: AgentID, batch: BatchID? = nil, contact: Contact,
        callerID: PhoneNumber? = nil,
        priority: Int = 5, scheduledAt: Moment? = nil, dueAt: Moment, dueBefore: Moment? = nil, createdAt: Moment,
        metadata: String? = nil,
        callMetadata: String? = nil, retries: RetryPlan? = nil, windows: [CallWindow] = [], phase: Phase = .waiting,
        pastAttempts: [Attempt] = [],
        cancelledBy: Cancellation? = nil, outcome: String? = nil, updatedAt: Moment? = nil
    ) {
        self.id = id
        self.organization = organization
        self.agent = agent
        self.batch = batch
        self.contact = contact
        self.callerID = callerID
        self.priority = priority
        self.scheduledAt = scheduledAt
        self.dueAt = dueAt
        self.dueBefore = dueBefore
        self.createdAt = createdAt
        self.metadata = metadata
        self.callMetadata = callMetadata
        self.retries = retries
        self.windows = windows
        self.phase = phase
        self.pastAttempts = pastAttempts
        self.cancelledBy = cancelledBy
        self.outcome = outcome
        self.updatedAt = updatedAt ?? createdAt
    }

    package var status: CallStatus { phase.status }

    /// All attempts, oldest first, the one under way included.
    package var attempts: [Attempt] {
        if let attempt = phase.attempt { pastAttempts + [attempt] } else { pastAttempts }
    }

    /// The attempt that the room was made for.
    package func attempt(in room: RoomName) -> Attempt? { attempts.last { $0.room == room } }
}

/// Who is called.
package struct Contact: Sendable, Equatable {
    package let phone: PhoneNumber
    package let name: String?
    package let email: String?

    package init(phone: PhoneNumber, name: String? = nil, email: String? = nil) {
        self.phone = phone
        self.name = name
        self.email = email
    }
}

/// Who cancelled a call, with the reason given (at most 500 characters).
package struct Cancellation: Sendable, Equatable {
    package let organization: OrganizationID
    package let key: KeyID
    package let reason: String?
    package let at: Moment

    package init(organization: OrganizationID, key: KeyID, reason: String?, at: Moment) {
        self.organization = organization
        self.key = key
        self.reason = reason
        self.at = at
    }
}
