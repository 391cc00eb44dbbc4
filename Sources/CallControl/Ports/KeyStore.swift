package import CallCore

/// Where API keys are kept, as digests.
package protocol KeyStore: Sendable {
    /// Stores a key, and its organization where that is missing.
    func insert(_ key: APIKey, digest: [UInt8], for caller: Caller) async throws(StoreFailure)
    /// The key with this SHA-256, whether it is valid or not; nil where there is none.
    func key(digest: [UInt8]) async throws(StoreFailure) -> APIKey?
    func key(_ id: KeyID) async throws(StoreFailure) -> APIKey?
    /// The organization's keys, newest first; at most 1,000.
    func keys(of organization: OrganizationID) async throws(StoreFailure) -> [APIKey]
    /// Revokes at `now`; the first revocation stays. Nil: no such key.
    func revoke(_ id: KeyID, for caller: Caller, at now: Moment) async throws(StoreFailure) -> APIKey?
}

/// An API key as it may be shown: never its secret.
package struct APIKey: Sendable, Equatable {
    package enum Role: String, Sendable, CaseIterable { case admin, `operator`, viewer, worker }

    package let id: KeyID
    package let organization: OrganizationID
    package let name: String
    package let role: Role
    package let createdAt: Moment
    package let expiresAt: Moment?
    package let revokedAt: Moment?

    package init(
        id: KeyID, organization: OrganizationID, name: String, role: Role, createdAt: Moment, expiresAt: Moment? = nil,
        revokedAt: Moment? = nil
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.role = role
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// Neither revoked nor expired.
    package func isValid(at now: Moment) -> Bool {
        if revokedAt != nil { return false }
        if let expiresAt { return now < expiresAt }
        return true
    }
}
