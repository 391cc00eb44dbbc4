package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: AuditStore {
    package func auditEntries(
        of organization: OrganizationID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [AuditEntry] {
        try await read { db in
            // Up to the entry that fills the page: one of a bulk cancel names hundreds of calls.
            try await db.rows(
                """
                SELECT \(StoredAudit.columns) FROM (SELECT *, sum(coalesce(octet_length(detail), 0)) \
                OVER (ORDER BY sequence) - coalesce(octet_length(detail), 0) AS before_it FROM (SELECT * FROM audit \
                WHERE organization = $1 AND sequence > $2 ORDER BY sequence LIMIT $3) p) q \
                WHERE before_it < \(StoredAudit.longestPage) ORDER BY sequence
                """, [organization.rawValue, sequence, limit]
            ).map { StoredAudit.entry($0, of: organization) }
        }
    }

    package func auditedOrganizations() async throws(StoreFailure) -> [OrganizationID] {
        try await read { db in
            try await db.rows("SELECT organization FROM audit_ends WHERE sequence > 0 ORDER BY organization")
                .map { OrganizationID(rawValue: $0.text(0)) }
        }
    }
}
