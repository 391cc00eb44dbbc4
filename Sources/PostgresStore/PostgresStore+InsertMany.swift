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
                "SELECT id FROM agents WHERE id = ANY ($1::text[]) AND status = 'active'",
                [List.of(Set(calls.map(\.agent.rawValue)).sorted())]),
            Statement(
                """
                SELECT organization, coalesce(value, '') FROM stops WHERE organization = ANY ($1::text[]) \
                AND released IS NULL AND \(StoredSuppression.isNone)
                """, [List.of(organizations)]),
        ])
        let active = Set(seen[0].map { $0.text(0) })
        var stops: [String: Set<String>] = [:]
        for row in seen[1] { stops[row.text(0), default: []].insert(row.text(1)) }
        let rows = calls.map { call in
            let values = stops[call.organization.rawValue] ?? []
            return StoredCall.insertValues(
                call, held: !active.contains(call.agent.rawValue),
                stopped: StoredStop.isAny(of: values, covering: call))
        }
        db.write(insertCall, rows)
    }
}
