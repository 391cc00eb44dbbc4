package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func insert(_ calls: [Call]) async throws(StoreFailure) {
        guard !calls.isEmpty else { return }
        // A transaction of its own, and not on the lanes of cancels: it takes as long as many of them.
        try await write(.many) { try await Self.insert(calls, $0) }
    }

    /// New calls; what holds them is asked once for all.
    static func insert(_ calls: [Call], _ db: Transaction) async throws {
        let organizations = Set(calls.map(\.organization.rawValue)).sorted()
        for organization in organizations { db.hold(OrganizationID(rawValue: organization)) }
        let seen = try await db.all([
            Statement(
                "SELECT \(StoredAgent.standingColumns) FROM agents WHERE id = ANY ($1::text[])",
                [List.of(Set(calls.map(\.agent.rawValue)).sorted())]),
            Statement(
                """
                SELECT organization, coalesce(value, '') FROM stops WHERE organization = ANY ($1::text[]) \
                AND released IS NULL AND \(StoredSuppression.isNone)
                """, [List.of(organizations)]),
        ])
        var agents: [AgentID: StoredAgent.Standing] = [:]
        for row in seen[0] {
            let agent = try StoredAgent.standing(row)
            agents[agent.id] = agent
        }
        var stops: [String: Set<String>] = [:]
        for row in seen[1] { stops[row.text(0), default: []].insert(row.text(1)) }
        let rows = calls.map { call in
            let values = stops[call.organization.rawValue] ?? []
            let agent = agents[call.agent]
            return StoredCall.insertValues(
                call.timed(under: agent?.window), held: agent?.isActive != true,
                stopped: StoredStop.isAny(of: values, covering: call))
        }
        db.write(insertCall, rows)
    }
}
