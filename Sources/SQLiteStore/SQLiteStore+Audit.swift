package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: AuditStore {
    /// Writes notes to the chain of the caller's organization, inside the transaction of what they tell.
    static func audit(_ notes: AuditNote..., for caller: Caller, at now: Moment, _ db: Database) throws {
        // Asked each time: the command line writes beside the server.
        var head = StoredAudit.Head(try db.row(StoredAudit.newest, [caller.organization.rawValue]))
        for note in notes {
            let entry = head.append(note, for: caller, at: now)
            try db.run(StoredAudit.insert, values: StoredAudit.insertValues(entry))
        }
    }

    package func auditEntries(
        of organization: OrganizationID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [AuditEntry] {
        try await read { db in
            let rows = try db.cursor(
                """
                SELECT \(StoredAudit.columns) FROM audit WHERE organization = ? AND sequence > ? ORDER BY sequence LIMIT ?
                """, [organization.rawValue, sequence, limit])
            var entries: [AuditEntry] = []
            var detail = 0
            while detail < StoredAudit.longestPage, let row = try rows.next() {
                let entry = StoredAudit.entry(row, of: organization)
                detail += entry.detail?.utf8.count ?? 0
                entries.append(entry)
            }
            return entries
        }
    }

    package func auditedOrganizations() async throws(StoreFailure) -> [OrganizationID] {
        try await read { db in
            // One seek for each: a plain DISTINCT would walk over all entries.
            try db.rows(
                """
                WITH RECURSIVE names (name) AS (SELECT min(organization) FROM audit UNION ALL \
                SELECT (SELECT min(organization) FROM audit WHERE organization > name) FROM names WHERE name IS NOT NULL) \
                SELECT name FROM names WHERE name IS NOT NULL
                """
            ).map { OrganizationID(rawValue: $0.text(0)) }
        }
    }
}

extension StoredAudit {
    fileprivate static let newest =
        "SELECT \(Head.columns) FROM audit WHERE organization = ? ORDER BY sequence DESC LIMIT 1"
    fileprivate static let insert = insertColumns.insert(into: "audit")
}
