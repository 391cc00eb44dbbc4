package import CallCore

/// Where organizations are kept.
package protocol OrganizationStore: Sendable {
    func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization?
    /// One transaction: reads the organization, changes it and writes it. Nil: there is no such one.
    func update(
        _ id: OrganizationID, for caller: Caller, at now: Moment,
        by change: @escaping @Sendable (Organization) -> Organization
    ) async throws(StoreFailure) -> Organization?
}
