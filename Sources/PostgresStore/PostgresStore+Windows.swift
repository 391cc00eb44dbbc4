package import CallControl
package import CallCore
import StoredRows

// The windows of agents and organizations, and what becomes of waiting calls when one is changed: a call that it had put off may have to come
// sooner. One that is closed now and was not before needs nothing of this: it is looked at when it is due.
extension Transaction {
    /// Lets the calls be looked at that wait now; a look that is under way begins anew.
    ///
    /// Whoever schedules calls must be kept out by `own`, so that it knows where its calls end.
    func begin(_ change: WindowChange) {
        write(Self.beginWindowChange, StoredWindowChange.slotValues(change))
    }

    private static let beginWindowChange = """
        INSERT INTO window_changes (organization, agent, cursor, horizon) \
        SELECT $1::text, $2::text, 0, coalesce(max(key), 0) FROM calls \
        ON CONFLICT (organization, agent) DO UPDATE SET cursor = 0, horizon = excluded.horizon
        """
}

extension PostgresStore {
    package func openWindowChanges() async throws(StoreFailure) -> [WindowChange] {
        try await lookUp { db in
            try await db.rows(
                "SELECT \(StoredWindowChange.columns) FROM window_changes ORDER BY \(StoredWindowChange.columns)"
            ).map { StoredWindowChange.change($0) }
        }
    }

    package func advance(_ change: WindowChange, at now: Moment) async throws(StoreFailure) -> Bool {
        try await write(.many) { db in
            // Nobody changes a window until this is on the disk. Before the row: whoever owns the organization writes it.
            db.hold(change.organization)
            let slot = StoredWindowChange.slotValues(change)
            let place = try await db.row(
                "SELECT cursor, horizon FROM window_changes WHERE organization = $1 AND agent = $2 FOR UPDATE", slot)
            guard let place else { return true }
            let (cursor, horizon) = (place.number(0), place.number(1))
            // However few of the calls wait, only so many are looked at.
            let end =
                try await db.number(
                    """
                    SELECT key FROM calls WHERE organization = $1 AND phase < 5 AND key > $2 AND key <= $3 \
                    ORDER BY key LIMIT 1 OFFSET $4
                    """, [change.organization.rawValue, cursor, horizon, ChunkSize.looks - 1]) ?? horizon
            let found = try await db.rows(
                """
                SELECT key FROM calls WHERE organization = $1 AND phase < 5 AND phase = 0 AND key > $2 AND key <= $3 \
                AND ($4::text IS NULL OR agent = $4) ORDER BY key LIMIT $5
                """, [change.organization.rawValue, cursor, end, change.agent?.rawValue, ChunkSize.calls]
            ).map { $0.number(0) }
            try await Self.retime(found, at: now, db)
            let reached = found.count < ChunkSize.calls ? end : found.last ?? end
            guard reached >= horizon else {
                db.write(
                    "UPDATE window_changes SET cursor = $3 WHERE organization = $1 AND agent = $2", slot + [reached])
                return false
            }
            db.write("DELETE FROM window_changes WHERE organization = $1 AND agent = $2", slot)
            return true
        }
    }

    private static func retime(_ keys: [Int64], at now: Moment, _ db: Transaction) async throws {
        guard !keys.isEmpty else { return }
        _ = try await db.change(
            "SELECT 1 FROM calls WHERE key = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE", [List.of(keys)])
        let calls = try await db.calls(keys: keys)
        let agents = try await db.agents(calls.values.map(\.call.agent))
        var moved: [(key: Int64, due: Moment)] = []
        for row in calls.values {
            let call = row.call.retimed(under: agents[row.call.agent]?.widerWindow, at: now)
            if call != row.call { moved.append((row.key, call.dueAt)) }
        }
        guard !moved.isEmpty else { return }
        db.write(
            """
            UPDATE calls c SET due = n.due, updated = $3 FROM unnest($1::bigint[], $2::bigint[]) AS n (key, due) \
            WHERE c.key = n.key
            """, [List.of(moved.map(\.key)), List.of(moved.map(\.due.milliseconds)), now])
    }
}

extension PostgresStore: OrganizationStore {
    package func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? {
        try await lookUp { try await $0.organization(id, Self.selectOrganization) }
    }

    package func update(
        _ id: OrganizationID, for caller: Caller, at now: Moment,
        by change: @escaping @Sendable (Organization) -> Organization
    ) async throws(StoreFailure) -> Organization? {
        try await write(.order) { db in
            try await db.once(caller)
            // Nobody schedules a call of it, or sends a dial, until this is on the disk.
            db.own(id)
            guard let old = try await db.organization(id, Self.selectOrganization + " FOR NO KEY UPDATE") else {
                return nil
            }
            let new = change(old)
            if let note = try AuditNote.changed(new, from: old) {
                db.write(Self.updateOrganization, StoredOrganization.updateValues(new) + [id.rawValue])
                if new.callWindow != old.callWindow { db.begin(WindowChange(organization: id, agent: nil)) }
                db.audit(note, for: caller, at: now)
            }
            db.keep(.organization(new), for: caller)
            return new
        }
    }

    private static let selectOrganization = "SELECT \(StoredOrganization.columns) FROM organizations WHERE id = $1"
    private static let updateOrganization = Statement.update("organizations", StoredOrganization.updateColumns) {
        "id = $\($0)"
    }
}

extension Transaction {
    fileprivate func organization(_ id: OrganizationID, _ sql: String) async throws -> Organization? {
        try await row(sql, [id.rawValue]).map { try StoredOrganization.organization($0) }
    }
}
