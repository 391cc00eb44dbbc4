package import CallCore

/// What may be asked of the audit log.
package struct Audit: Sendable {
    let store: any AuditStore

    package init(store: any AuditStore) { self.store = store }

    /// Entries after `sequence`, oldest first, and whether there are more.
    package func entries(
        of organization: OrganizationID, after sequence: Int64, limit: Int
    ) async throws(ControlError) -> (entries: [AuditEntry], hasMore: Bool) {
        do {
            let found = try await store.auditEntries(of: organization, after: sequence, limit: limit)
            guard let last = found.last else { return ([], false) }
            let more = try await store.auditEntries(of: organization, after: last.sequence, limit: 1)
            return (found, !more.isEmpty)
        } catch {
            throw ControlError(error)
        }
    }

    /// All organizations that have a log, in the order of their names.
    package func organizations() async throws(ControlError) -> [OrganizationID] {
        do {
            return try await store.auditedOrganizations()
        } catch {
            throw ControlError(error)
        }
    }

    /// Hands over every entry, oldest first; entries that are written meanwhile are among them or not.
    package func each(
        of organization: OrganizationID, _ body: (AuditEntry) -> Void
    ) async throws(ControlError) {
        var last = Int64.min
        while true {
            let page = try await entries(of: organization, after: last, limit: 1000)
            for entry in page.entries { body(entry) }
            guard page.hasMore, let end = page.entries.last?.sequence else { return }
            last = end
        }
    }
}
