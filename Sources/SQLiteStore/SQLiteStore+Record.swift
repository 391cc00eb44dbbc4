package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func call(_ id: CallID, at now: Moment) async throws(StoreFailure) -> CallRecord? {
        try await read { try Self.record(id, at: now, $0) }
    }

    package func events(
        of id: CallID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [RecordedEvent] {
        try await read { db in
            try db.rows(
                """
                SELECT \(StoredEvent.columns) FROM events WHERE call = (SELECT key FROM calls WHERE id = ?) AND sequence > ? \
                ORDER BY sequence LIMIT ?
                """, [id.rawValue, sequence, limit]
            ).map { try StoredEvent.event($0, of: id) }
        }
    }

    static func record(_ id: CallID, at now: Moment, _ db: Database) throws -> CallRecord? {
        guard let row = try StoredCall.fetch(id, db) else { return nil }
        let agent = try StoredAgent.standing(row.call.agent, db)
        return CallRecord(
            call: row.call, agent: AgentName(id: row.call.agent, name: agent?.name ?? ""),
            termination: try termination(of: row.call, db), queue: try queue(row, agent?.window, at: now, db),
            window: agent?.window,
            resumedAt: try row.call.batch.flatMap {
                try lastPause(of: .batch($0), for: .budget, in: row.call.organization, db)?.release?.at
            })
    }

    private static func termination(of call: Call, _ db: Database) throws -> Termination? {
        guard let room = call.attempts.last?.room else { return nil }
        return try db.row(
            "SELECT \(StoredTermination.columns) FROM terminations WHERE room = ?", [room.rawValue]
        ).map { try StoredTermination.termination($0) }
    }

    private static func queue(
        _ row: StoredCall, _ window: WiderWindow?, at now: Moment, _ db: Database
    ) throws -> CallRecord.Queue? {
        try row.queue(
            latches: try latches(covering: row.call, atMost: StoredCall.mostHolds, db), window: window, at: now
        ) {
            let call = row.call
            var ahead = 0
            // Only the organization's own calls are counted: the length of another's queue is none of its business.
            for priority in CallOrder.priorities
            where priority <= call.priority && ahead < StoredCall.furthestPosition {
                ahead += Int(
                    try db.integer(
                        """
                        SELECT count(*) FROM (SELECT 1 FROM calls INDEXED BY calls_due WHERE phase = 0 AND held = 0 AND stopped = 0 \
                        AND priority = ? AND due < ? AND organization = ? LIMIT ?)
                        """,
                        [
                            priority, priority == call.priority ? call.dueAt : now, call.organization.rawValue,
                            StoredCall.furthestPosition,
                        ]) ?? 0)
            }
            return ahead
        }
    }
}
