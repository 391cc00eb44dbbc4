package import CallCore

/// Where it is written down who stopped what, and why: a chain of entries for each organization.
package protocol AuditStore: Sendable {
    /// Entries after `sequence`, oldest first.
    func auditEntries(
        of organization: OrganizationID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [AuditEntry]
    /// All organizations that have a chain.
    func auditedOrganizations() async throws(StoreFailure) -> [OrganizationID]
}

/// One deed, as the audit log shows it.
package struct AuditEntry: Sendable, Equatable {
    package let organization: OrganizationID
    /// Counts from 1 in each organization, without gaps.
    package let sequence: Int64
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
    /// More, as a JSON object.
    package let detail: String?
    /// SHA-256 over the entry before and all fields of this one.
    package let hash: [UInt8]

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
}
