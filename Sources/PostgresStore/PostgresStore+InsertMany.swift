package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func insert(_ calls: [Call]) async throws(StoreFailure) {
        guard !calls.isEmpty else { return }
        // A transaction of its own, and not on the lanes of cancels: it takes as long as many of them.
        try await write(.many) { db in
            let organizations = Set(calls.map(\.organization.rawValue)).sorted()
            for organization in organizations { db.hold(OrganizationID(rawValue: organization)) }
            let seen = try await db.all([
                Statement(
                    "SELECT id FROM agents WHERE id = ANY ($1::text[]) AND status = 'active'",
                    [List.of(Set(calls.map(\.agent.rawValue)).sorted())]),
                Statement(
                    """
                    SELECT organization, coalesce(value, '') FROM stops WHERE organization = ANY ($1::text[]) \
                    AND released IS NULL
                    """, [List.of(organizations)]),
            ])
            let active = Set(seen[0].map { $0.text(0) })
            let stops = Set(seen[1].map { [$0.text(0), $0.text(1)] })
            let rows = calls.map { call in
                StoredCall.insertValues(
                    call, held: !active.contains(call.agent.rawValue), stopped: Self.isStopped(call, by: stops))
            }
            db.write(Self.insertCall, rows)
        }
    }

    private static func isStopped(_ call: Call, by stops: Set<[String]>) -> Bool {
        if stops.isEmpty { return false }
        let scopes = ["", call.agent.rawValue, call.batch?.rawValue ?? "", call.contact.phone.e164]
        return scopes.contains { stops.contains([call.organization.rawValue, $0]) }
    }
}
