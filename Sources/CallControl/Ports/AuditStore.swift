package import CallCore

/// Where it is written down who stopped what, and why: a chain of entries for each organization.
package protocol AuditStore: Sendable {
    /// Entries after `sequence`, oldest first; fewer than `limit` where they are long, but none only at the end.
    func auditEntries(
        of organization: OrganizationID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [AuditEntry]
    /// All organizations that have a chain.
    func auditedOrganizations() async throws(StoreFailure) -> [OrganizationID]
}

/// One deed as whoever carries it out tells it; who asked for it and when is added where it is written.
package struct AuditNote: Sendable, Equatable {
    package enum Action: String, Sendable, CaseIterable {
        case callCancel = "call.cancel"
        case callUpdate = "call.update"
        /// Many calls by one request.
        case callsCancel = "calls.cancel"
        case batchCreate = "batch.create"
        case stopSet = "stop.set"
        case stopRelease = "stop.release"
        case suppressionAdd = "suppression.add"
        case suppressionRemove = "suppression.remove"
        case agentCreate = "agent.create"
        case agentUpdate = "agent.update"
        case agentDeactivate = "agent.deactivate"
        case organizationUpdate = "organization.update"
        case keyCreate = "key.create"
        case keyRevoke = "key.revoke"
    }

    package let action: Action
    /// The id of what it was done to.
    package let subject: String
    package var reason: String?
    /// States in the words of the API.
    package var before: String?
    package var after: String?
    /// More, as the text of a JSON object.
    package var detail: String?

    package init(
        _ action: Action, on subject: String, reason: String? = nil, before: String? = nil, after: String? = nil,
        detail: String? = nil
    ) {
        self.action = action
        self.subject = subject
        self.reason = reason
        self.before = before
        self.after = after
        self.detail = detail
    }
}

/// One deed, as the audit log shows it.
package struct AuditEntry: Sendable, Equatable {
    package let organization: OrganizationID
    /// Counts from 1 in each organization, without gaps.
    package var sequence: Int64
    package let at: Moment
    /// The key that did it, or `command_line`.
    package let actor: KeyID
    /// What was done, for example `call.cancel`, `stop.set` or `key.revoke`.
    package let action: String
    /// The id of what it was done to.
    package let subject: String
    package let reason: String?
    package let request: String?
    package let address: String?
    /// States in the words of the API.
    package let before: String?
    package let after: String?
    /// More, as the text of a JSON object.
    package let detail: String?
    /// SHA-256 over the hash before and all fields of this one; see `AuditChain`.
    package var hash: [UInt8]

    package init(
        organization: OrganizationID, sequence: Int64, at: Moment, actor: KeyID, action: String, subject: String,
        reason: String?, request: String?, address: String?, before: String?, after: String?, detail: String?,
        hash: [UInt8]
    ) {
        self.organization = organization
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.reason = reason
        self.request = request
        self.address = address
        self.before = before
        self.after = after
        self.detail = detail
        self.hash = hash
    }
    /// The entry that a note becomes at its place in the chain.
    package init(_ note: AuditNote, for caller: Caller, at now: Moment, sequence: Int64, after previous: [UInt8]) {
        self.init(
            organization: caller.organization, sequence: sequence, at: now, actor: caller.key,
            action: note.action.rawValue, subject: note.subject, reason: note.reason, request: caller.request,
            address: caller.address, before: note.before, after: note.after, detail: note.detail, hash: [])
        hash = AuditChain.hash(of: self, after: previous)
    }
}
