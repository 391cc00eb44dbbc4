import CallControl
import CallCore
import GRDB
import StoredRows

// What keeps a waiting call from being dialled. The rows of `stops` decide; the mark `stopped` on a call only keeps it out of the index
// of due ones, so that what a stop holds costs the dispatcher nothing.
extension SQLiteStore {
    /// What else a rule must see of this call in the transaction.
    static func scene(
        of row: StoredCall, mindsWindows: Bool, under limit: NumberLimit?, allowance: Allowance?, at now: Moment,
        _ db: Database
    ) throws -> Scene {
        row.scene(
            latch: row.mindsStops ? try latches(covering: row.call, atMost: 1, db).first : nil,
            isHangingUp: row.mindsPhones ? try db.integer(openHangUp, [row.key]) != nil : false,
            window: mindsWindows && row.mindsWiderWindows
                ? try StoredAgent.standing(row.call.agent, db)?.window : nil,
            numberOpening: try limit.flatMap { limit in
                let call = row.call
                let dials = try dials(
                    to: call.contact.phone, of: call.organization, under: limit, at: now, db)
                return limit.opening(after: dials, at: now)
            }, allowance: allowance)
    }

    private static let openHangUp = """
        SELECT 1 FROM attempts a, terminations t WHERE a.call = ? AND \(StoredCall.openHangUps) LIMIT 1
        """

    /// The stops and suppressions in force that have the call in their scope.
    static func latches(covering call: Call, atMost limit: Int, _ db: Database) throws -> [Latch] {
        // Usually there is none at all, and that is asked for every call.
        let isAny = try db.integer(
            "SELECT 1 FROM stops INDEXED BY stops_in_force WHERE organization = ? AND released IS NULL LIMIT 1",
            [call.organization.rawValue])
        guard isAny != nil else { return [] }
        return try db.rows(
            """
            SELECT \(Latch.columns) FROM stops INDEXED BY stops_in_force WHERE organization = ? AND released IS NULL \
            AND coalesce(value, '') IN ('', ?, ?, ?) ORDER BY \(Latch.order) LIMIT ?
            """,
            [call.organization.rawValue] + StatementArguments(StoredStop.valuesCovering(call)) + [limit]
        ).map { Latch($0) }
    }

    /// What the scopes of an organization's stops in force name, the empty text for all of it.
    static func stopValues(of organization: OrganizationID, _ db: Database) throws -> Set<String> {
        Set(
            try db.rows(
                """
                SELECT coalesce(value, '') FROM stops INDEXED BY stops_of_organization \
                WHERE organization = ? AND released IS NULL AND \(StoredSuppression.isNone)
                """, [organization.rawValue]
            ).map { $0.text(0) })
    }

    /// Takes a waiting call out of the index of due ones until stops are released.
    static func markStopped(_ row: StoredCall, _ db: Database) throws {
        guard !row.isStopped else { return }
        try db.run("UPDATE calls SET stopped = 1 WHERE key = ?", [row.key])
    }
}
