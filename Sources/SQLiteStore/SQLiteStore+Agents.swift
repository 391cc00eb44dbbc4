package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: AgentStore {
    package func insert(_ agent: Agent, for caller: Caller) async throws(StoreFailure) {
        try await commits.write { db in
            try Self.once(caller, db)
            try Self.insertIfNew(agent.organization, db)
            try db.run(StoredAgent.insert, values: StoredAgent.insertValues(agent))
            try Self.audit(.created(agent), for: caller, at: agent.createdAt, db)
            try Self.keep(.agent(agent), for: caller, db)
        }
    }

    package func agent(_ id: AgentID) async throws(StoreFailure) -> Agent? {
        try await read { try StoredAgent.fetch(id, $0) }
    }

    package func agents(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (agents: [Agent], total: Int) {
        try await read { db in
            let agents = try db.rows(
                """
                SELECT \(StoredAgent.columns) FROM agents WHERE organization = ? ORDER BY created DESC, key DESC \
                LIMIT ? OFFSET ?
                """, [organization.rawValue, limit, offset]
            ).map { try StoredAgent.agent($0) }
            let total = try db.integer(
                "SELECT count(*) FROM agents WHERE organization = ?", [organization.rawValue])
            return (agents, Int(total ?? 0))
        }
    }

    package func update(
        _ id: AgentID, for caller: Caller, at now: Moment, by change: @escaping @Sendable (Agent) -> Agent
    ) async throws(StoreFailure) -> Agent? {
        try await commits.write { db in
            try Self.once(caller, db)
            guard let old = try StoredAgent.fetch(id, db) else { return nil }
            let new = change(old)
            guard new.organization == caller.organization else { return old }
            try Self.keep(.agent(new), for: caller, db)
            guard new != old else { return old }
            try db.run(StoredAgent.update, values: StoredAgent.updateValues(new) + [id.rawValue])
            if new.status != old.status {
                // Held calls are kept out of the index of due ones, so that they cost the dispatcher nothing. A call whose dial is being
                // prepared is marked too: its rule sees the mark before the dial is sent.
                let held = new.status == .inactive
                try db.run("UPDATE calls SET held = ? WHERE agent = ? AND phase = 0", [held, id.rawValue])
                try db.run("UPDATE calls SET held = ? WHERE agent = ? AND phase BETWEEN 1 AND 4", [held, id.rawValue])
            }
            if new.callWindow != old.callWindow {
                try Self.begin(WindowChange(organization: new.organization, agent: id), db)
            }
            if let note = try AuditNote.changed(new, from: old) { try Self.audit(note, for: caller, at: now, db) }
            return new
        }
    }
}

extension StoredAgent {
    static func fetch(_ id: AgentID, _ db: Database) throws -> Agent? {
        try db.row(byID, [id.rawValue]).map { try agent($0) }
    }

    private static let byID = "SELECT \(columns) FROM agents WHERE id = ?"

    static func standing(_ id: AgentID, _ db: Database) throws -> Standing? {
        try db.row(standingByID, [id.rawValue]).map { try standing($0) }
    }

    private static let standingByID = "SELECT \(standingColumns) FROM agents WHERE id = ?"
    fileprivate static let insert = insertColumns.insert(into: "agents")
    fileprivate static let update = updateColumns.update("agents", where: "id = ?")
}
