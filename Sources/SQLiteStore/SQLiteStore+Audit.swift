package import CallControl
package import CallCore
import Foundation
import GRDB

extension SQLiteStore: AuditStore {
    /// Writes notes to the chain of the caller's organization, inside the transaction of what they tell.
    static func audit(_ notes: AuditNote..., for caller: Caller, at now: Moment, _ db: Database) throws {
        // Asked each time: the command line writes beside the server.
        let head = try db.row(
            "SELECT sequence, hash FROM audit WHERE organization = ? ORDER BY sequence DESC LIMIT 1",
            [caller.organization.rawValue])
        var sequence = head?.number(0) ?? 0
        var hash = (head?[1] as Data?).map(Array.init) ?? AuditChain.root
        for note in notes {
            sequence &+= 1
            let entry = AuditEntry(note, for: caller, at: now, sequence: sequence, after: hash)
            hash = entry.hash
            try db.run(
                """
                INSERT INTO audit (organization, sequence, hash, at, actor, action, subject, reason, request, address, \
                before, after, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    entry.organization.rawValue, entry.sequence, Data(entry.hash), entry.at.milliseconds,
                    entry.actor.rawValue, entry.action, entry.subject, entry.reason, entry.request, entry.address,
                    entry.before, entry.after, entry.detail,
                ])
        }
    }

    /// The text of a JSON object, for an entry's detail.
    static func detail(_ members: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(members), as: UTF8.self)
    }

    package func auditEntries(
        of organization: OrganizationID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [AuditEntry] {
        try await read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT sequence, hash, at, actor, action, subject, reason, request, address, before, after, detail \
                    FROM audit WHERE organization = ? AND sequence > ? ORDER BY sequence LIMIT ?
                    """)
            let rows = try Row.fetchCursor(statement, arguments: [organization.rawValue, sequence, limit])
            var entries: [AuditEntry] = []
            var detail = 0
            while detail < Self.longestPage, let row = try rows.next() {
                let entry = Self.entry(row, of: organization)
                detail += entry.detail?.utf8.count ?? 0
                entries.append(entry)
            }
            return entries
        }
    }

    /// Bytes of detail in one page: an entry of a bulk cancel names hundreds of calls.
    private static let longestPage = 1 << 20

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

    private static func entry(_ row: Row, of organization: OrganizationID) -> AuditEntry {
        AuditEntry(
            organization: organization, sequence: row.number(0), at: row.instant(2),
            actor: KeyID(rawValue: row.text(3)), action: row.text(4), subject: row.text(5), reason: row[6],
            request: row[7], address: row[8], before: row[9], after: row[10], detail: row[11],
            hash: (row[1] as Data?).map(Array.init) ?? [])
    }
}
