package import CallCore

extension Keys {
    /// A key of the organization, valid or not.
    package func get(_ id: KeyID, of organization: OrganizationID) async throws(ControlError) -> APIKey {
        let key: APIKey?
        do {
            key = try await store.key(id)
        } catch {
            throw ControlError(error)
        }
        guard let key else { throw .notFound }
        guard key.organization == organization else { throw .belongsToAnotherOrganization }
        return key
    }
}
