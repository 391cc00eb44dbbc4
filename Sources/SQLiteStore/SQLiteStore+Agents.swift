package import CallControl
package import CallCore
import GRDB

extension SQLiteStore: AgentStore {
    package func insert(_ agent: Agent, for caller: Caller) async throws(StoreFailure) {
        try await commits.write { db in
            try Self.once(caller, db)
            try db.run("INSERT OR IGNORE INTO organizations (id) VALUES (?)", [agent.organization.rawValue])
            try db.run(
                """
                INSERT INTO agents (name, status, agent_name, instructions, model, config, phone_numbers, trunk, \
                ringing_timeout, max_call_duration, updated, id, organization, created) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                AgentRow.values(agent) + [
                    agent.id.rawValue, agent.organization.rawValue, agent.createdAt.milliseconds,
                ])
            let note = AuditNote(
                .agentCreate, on: agent.id.rawValue, after: agent.status.rawValue,
                detail: try Self.detail(["name": agent.name]))
            try Self.audit(note, for: caller, at: agent.createdAt, db)
            try Self.keep(.agent(agent), for: caller, db)
        }
    }

    package func agent(_ id: AgentID) async throws(StoreFailure) -> Agent? {
        try await read { try AgentRow.fetch(id, $0) }
    }

    package func agents(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (agents: [Agent], total: Int) {
        try await read { db in
            let agents = try db.rows(
                """
                SELECT \(AgentRow.columns) FROM agents WHERE organization = ? ORDER BY created DESC, key DESC \
                LIMIT ? OFFSET ?
                """, [organization.rawValue, limit, offset]
            ).map(AgentRow.agent)
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
            guard let old = try AgentRow.fetch(id, db) else { return nil }
            let new = change(old)
            guard new.organization == caller.organization else { return old }
            try Self.keep(.agent(new), for: caller, db)
            guard new != old else { return old }
            try db.run(
                """
                UPDATE agents SET name = ?, status = ?, agent_name = ?, instructions = ?, model = ?, config = ?, \
                phone_numbers = ?, trunk = ?, ringing_timeout = ?, max_call_duration = ?, updated = ? WHERE id = ?
                """, AgentRow.values(new) + [id.rawValue])
            if new.status != old.status {
                // Held calls are kept out of the index of due ones, so that they cost the dispatcher nothing. A call whose dial is being
                // prepared is marked too: its rule sees the mark before the dial is sent.
                let held = new.status == .inactive
                try db.run("UPDATE calls SET held = ? WHERE agent = ? AND phase = 0", [held, id.rawValue])
                try db.run("UPDATE calls SET held = ? WHERE agent = ? AND phase BETWEEN 1 AND 4", [held, id.rawValue])
            }
            let changed = Self.changedFields(from: old, to: new)
            if !changed.isEmpty {
                let isOff = old.status == .active && new.status == .inactive
                let note = AuditNote(
                    isOff ? .agentDeactivate : .agentUpdate, on: id.rawValue, before: old.status.rawValue,
                    after: new.status.rawValue, detail: try Self.detail(["changed": changed]))
                try Self.audit(note, for: caller, at: now, db)
            }
            return new
        }
    }

    /// The names that the API has for what is different; instructions and the like are too long for a log.
    private static func changedFields(from old: Agent, to new: Agent) -> [String] {
        var names: [String] = []
        if old.name != new.name { names.append("name") }
        if old.status != new.status { names.append("status") }
        if old.agentName != new.agentName { names.append("agentName") }
        if old.instructions != new.instructions { names.append("instructions") }
        if old.model != new.model { names.append("model") }
        if old.config != new.config { names.append("config") }
        if old.phoneNumbers != new.phoneNumbers { names.append("phoneNumbers") }
        if old.trunkID != new.trunkID { names.append("trunkId") }
        if old.ringingTimeout != new.ringingTimeout { names.append("ringingTimeout") }
        if old.maxCallDuration != new.maxCallDuration { names.append("maxCallDuration") }
        return names
    }
}

/// Rows of `agents`.
enum AgentRow {
    static let columns = """
        id, organization, name, status, agent_name, instructions, model, config, phone_numbers, trunk, ringing_timeout, \
        max_call_duration, created, updated
        """

    static func fetch(_ id: AgentID, _ db: Database) throws -> Agent? {
        try db.row("SELECT \(columns) FROM agents WHERE id = ?", [id.rawValue]).map(agent)
    }

    static func agent(_ row: Row) throws -> Agent {
        guard let status = Agent.Status(rawValue: row.text(3)) else { throw Corrupt("agent \(row.text(0))") }
        return Agent(
            id: AgentID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)), name: row.text(2),
            status: status, agentName: row[4], instructions: row[5], model: row[6], config: row[7],
            phoneNumbers: row.text(8).split(separator: " ").compactMap { PhoneNumber($0) }, trunkID: row[9],
            ringingTimeout: Int(row.number(10)), maxCallDuration: Int(row.number(11)), createdAt: row.instant(12),
            updatedAt: row.instant(13))
    }

    static func values(_ agent: Agent) -> StatementArguments {
        [
            agent.name, agent.status.rawValue, agent.agentName, agent.instructions, agent.model, agent.config,
            agent.phoneNumbers.map(\.e164).joined(separator: " "), agent.trunkID, agent.ringingTimeout,
            agent.maxCallDuration, agent.updatedAt.milliseconds,
        ]
    }
}
