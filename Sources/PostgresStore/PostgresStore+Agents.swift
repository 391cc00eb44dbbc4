package import CallControl
package import CallCore
import StoredRows

extension Transaction {
    func agent(_ id: AgentID) async throws -> Agent? {
        try await row("SELECT \(StoredAgent.columns) FROM agents WHERE id = $1", [id.rawValue])
            .map { try StoredAgent.agent($0) }
    }

    static func standing(of agent: AgentID) -> Statement { selectStanding.statement([agent.rawValue]) }

    private static let selectStanding = Question(
        "SELECT \(StoredAgent.standingColumns) FROM agents WHERE id = $1", ["text"])

    /// Those of them that there are.
    func agents(_ ids: [AgentID]) async throws -> [AgentID: Agent] {
        let texts = Set(ids.map(\.rawValue)).sorted()
        let agents = try await rows(
            "SELECT \(StoredAgent.columns) FROM agents WHERE id = ANY ($1::text[])", [List.of(texts)]
        ).map { try StoredAgent.agent($0) }
        return Dictionary(agents.map { ($0.id, $0) }) { first, _ in first }
    }
}

extension PostgresStore: AgentStore {
    package func insert(_ agent: Agent, for caller: Caller) async throws(StoreFailure) {
        try await write(.nothing) { db in
            try await db.once(caller)
            db.write(Self.insertOrganization, [agent.organization.rawValue])
            db.write(Self.insertAgent, StoredAgent.insertValues(agent))
            db.audit(try .created(agent), for: caller, at: agent.createdAt)
            db.keep(.agent(agent), for: caller)
        }
    }

    static let insertOrganization = "INSERT INTO organizations (id) VALUES ($1) ON CONFLICT DO NOTHING"
    private static let insertAgent = Statement.insert(into: "agents", StoredAgent.insertColumns)
    private static let updateAgent = Statement.update("agents", StoredAgent.updateColumns) { "id = $\($0)" }

    package func agent(_ id: AgentID) async throws(StoreFailure) -> Agent? {
        try await glance { try await $0.agent(id) }
    }

    package func agents(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (agents: [Agent], total: Int) {
        try await read { db in
            let seen = try await db.all([
                Statement(
                    """
                    SELECT \(StoredAgent.columns) FROM agents WHERE organization = $1 ORDER BY created DESC, key DESC \
                    LIMIT $2 OFFSET $3
                    """, [organization.rawValue, limit, offset]),
                Statement("SELECT count(*) FROM agents WHERE organization = $1", [organization.rawValue]),
            ])
            return (try seen[0].map { try StoredAgent.agent($0) }, Int(seen[1].first?.number(0) ?? 0))
        }
    }

    package func update(
        _ id: AgentID, for caller: Caller, at now: Moment, by change: @escaping @Sendable (Agent) -> Agent
    ) async throws(StoreFailure) -> Agent? {
        try await write(.order) { db in
            try await db.once(caller)
            // Nobody schedules a call of it, or sends a dial, until this is on the disk.
            db.own(caller.organization)
            let row = try await db.row(
                "SELECT \(StoredAgent.columns) FROM agents WHERE id = $1 FOR NO KEY UPDATE", [id.rawValue])
            guard let old = try row.map({ try StoredAgent.agent($0) }) else { return nil }
            let new = change(old)
            guard new.organization == caller.organization else { return old }
            if new != old {
                db.write(Self.updateAgent, StoredAgent.updateValues(new) + [id.rawValue])
                if new.status != old.status { Self.hold(new.status == .inactive, callsOf: id, db) }
                if new.callWindow != old.callWindow {
                    db.begin(WindowChange(organization: new.organization, agent: id))
                }
                if let note = try AuditNote.changed(new, from: old) { db.audit(note, for: caller, at: now) }
            }
            db.keep(.agent(new), for: caller)
            return new
        }
    }

    /// Held calls are kept out of the index of due ones, so that they cost the dispatcher nothing.
    ///
    /// A call whose dial is being prepared is marked too: its rule sees the mark before the dial is sent. Later ones do not mind.
    private static func hold(_ isHeld: Bool, callsOf agent: AgentID, _ db: Transaction) {
        db.write(
            """
            UPDATE calls SET held = $1 WHERE key IN \
            (SELECT key FROM calls WHERE agent = $2 AND phase < 2 AND held <> $1 ORDER BY id FOR NO KEY UPDATE)
            """, [isHeld, agent.rawValue])
    }
}
