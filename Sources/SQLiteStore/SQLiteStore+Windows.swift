package import CallControl
package import CallCore
import GRDB
import StoredRows

// The windows of agents and organizations, and what becomes of waiting calls when one is changed: a call that it had put off may have to come
// sooner. One that is closed now and was not before needs nothing of this: it is looked at when it is due.
extension SQLiteStore {
    /// Lets the calls be looked at that wait now; a look that is under way begins anew.
    static func begin(_ change: WindowChange, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO window_changes (organization, agent, cursor, horizon) SELECT ?, ?, 0, coalesce(max(key), 0) \
            FROM calls WHERE true ON CONFLICT (organization, agent) DO UPDATE SET cursor = 0, horizon = excluded.horizon
            """, values: StoredWindowChange.slotValues(change))
    }

    package func openWindowChanges() async throws(StoreFailure) -> [WindowChange] {
        try await read { db in
            try db.rows(
                "SELECT \(StoredWindowChange.columns) FROM window_changes ORDER BY \(StoredWindowChange.columns)"
            )
            .map { StoredWindowChange.change($0) }
        }
    }

    package func advance(_ change: WindowChange, at now: Moment) async throws(StoreFailure) -> Bool {
        try await commits.write { db in
            let slot = StatementArguments(StoredWindowChange.slotValues(change))
            guard
                let place = try db.row(
                    "SELECT cursor, horizon FROM window_changes WHERE organization = ? AND agent = ?", slot)
            else { return true }
            let (cursor, horizon) = (place.number(0), place.number(1))
            // However few of the calls wait, only so many are looked at.
            let end =
                try db.integer(
                    """
                    SELECT key FROM calls INDEXED BY calls_open WHERE organization = ? AND phase < 5 AND key > ? AND key <= ? \
                    ORDER BY key LIMIT 1 OFFSET ?
                    """, [change.organization.rawValue, cursor, horizon, ChunkSize.looks - 1]) ?? horizon
            let rows = try db.rows(
                """
                SELECT \(StoredCall.columns) FROM calls INDEXED BY calls_open WHERE organization = ?1 AND phase < 5 AND phase = 0 \
                AND key > ?2 AND key <= ?3 AND (?4 IS NULL OR agent = ?4) ORDER BY key LIMIT ?5
                """, [change.organization.rawValue, cursor, end, change.agent?.rawValue, ChunkSize.calls])
            try Self.retime(rows, at: now, db)
            let reached = rows.count < ChunkSize.calls ? end : rows.last.map { StoredCall.key($0) } ?? end
            guard reached >= horizon else {
                try db.run(
                    "UPDATE window_changes SET cursor = ? WHERE organization = ? AND agent = ?", [reached] + slot)
                return false
            }
            try db.run("DELETE FROM window_changes WHERE organization = ? AND agent = ?", slot)
            return true
        }
    }

    private static func retime(_ rows: [Row], at now: Moment, _ db: Database) throws {
        var agents: [AgentID: StoredAgent.Standing] = [:]
        for raw in rows {
            let row = try StoredCall(raw, db)
            let agent = try agents[row.call.agent] ?? StoredAgent.standing(row.call.agent, db)
            agents[row.call.agent] = agent
            let call = row.call.retimed(under: agent?.window, at: now)
            if call != row.call { try row.update(to: call, at: now, db) }
        }
    }
}

extension SQLiteStore: OrganizationStore {
    package func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? {
        try await read { try StoredOrganization.fetch(id, $0) }
    }

    package func update(
        _ id: OrganizationID, for caller: Caller, at now: Moment,
        by change: @escaping @Sendable (Organization) -> Organization
    ) async throws(StoreFailure) -> Organization? {
        try await commits.write { db in
            try Self.once(caller, db)
            guard let old = try StoredOrganization.fetch(id, db) else { return nil }
            let new = change(old)
            try Self.keep(.organization(new), for: caller, db)
            guard let note = try AuditNote.changed(new, from: old) else { return old }
            try db.run(
                StoredOrganization.update, values: StoredOrganization.updateValues(new) + [id.rawValue])
            if new.callWindow != old.callWindow { try Self.begin(WindowChange(organization: id, agent: nil), db) }
            try Self.audit(note, for: caller, at: now, db)
            return new
        }
    }
}

extension StoredOrganization {
    fileprivate static func fetch(_ id: OrganizationID, _ db: Database) throws -> Organization? {
        try db.row(byID, [id.rawValue]).map { try organization($0) }
    }

    private static let byID = "SELECT \(columns) FROM organizations WHERE id = ?"
    fileprivate static let update = updateColumns.update("organizations", where: "id = ?")
}
