package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func call(_ id: CallID, at now: Moment) async throws(StoreFailure) -> CallRecord? {
        try await lookUp { try await Self.record(id, at: now, $0) }
    }

    static func record(_ id: CallID, at now: Moment, _ db: Transaction) async throws -> CallRecord? {
        guard
            let raw = try await db.row("SELECT \(StoredCall.columns) FROM calls WHERE id = $1", [id.rawValue])
        else { return nil }
        let key = StoredCall.key(raw)
        var asked = [
            Transaction.attempts(of: key),
            Transaction.standing(of: StoredCall.agent(raw)),
            Statement(
                """
                SELECT \(StoredTermination.columns) FROM terminations WHERE room = \
                (SELECT room FROM attempts WHERE call = $1 ORDER BY number DESC LIMIT 1)
                """, [key]),
            Transaction.latches(of: StoredCall.organization(raw), covering: StoredCall.stopValues(raw)),
        ]
        if let batch = StoredCall.batch(raw) {
            asked.append(
                Transaction.lastPause(of: .batch(batch), for: .budget, in: StoredCall.organization(raw)))
        }
        let seen = try await db.all(asked)
        let agent = try seen[1].first.map { try StoredAgent.standing($0) }
        let row = try StoredCall(raw, attempts: seen[0].map { try StoredAttempt.attempt($0) })
            .held(byInactive: agent?.isActive == false)
        let latches = seen[3].map { Latch($0) }
        var ahead = 0
        if row.isReady(at: now, isStopped: !latches.isEmpty) {
            let ask = Self.ahead(of: row.call, at: now)
            ahead = Int(try await db.number(ask.sql, ask.values) ?? 0)
        }
        return CallRecord(
            call: row.call, agent: AgentName(id: row.call.agent, name: agent?.name ?? ""),
            termination: try seen[2].first.map { try StoredTermination.termination($0) },
            queue: row.queue(latches: latches, window: agent?.window, at: now) { ahead }, window: agent?.window,
            resumedAt: try seen.dropFirst(4).first?.first.flatMap { try StoredStop.stop($0).release?.at })
    }

    /// How many calls of its organization go before it.
    ///
    /// Only the organization's own are counted: the length of another's queue is none of its business.
    static func ahead(of call: Call, at now: Moment) -> Statement {
        Statement(
            """
            SELECT count(*) FROM (SELECT 1 FROM generate_series(\(CallOrder.priorities.lowerBound), $1::int) AS p (priority) \
            CROSS JOIN LATERAL (SELECT 1 FROM calls WHERE phase = 0 AND NOT held AND NOT stopped \
            AND priority = p.priority AND due < CASE p.priority WHEN $1 THEN $2::bigint ELSE $3::bigint END \
            AND organization = $4 LIMIT \(StoredCall.furthestPosition)) c LIMIT \(StoredCall.furthestPosition)) n
            """, [call.priority, call.dueAt, now, call.organization.rawValue])
    }

    package func events(
        of id: CallID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [RecordedEvent] {
        try await lookUp { db in
            try await db.rows(
                """
                SELECT \(StoredEvent.columns) FROM events WHERE call = (SELECT key FROM calls WHERE id = $1) \
                AND sequence > $2 ORDER BY sequence LIMIT $3
                """, [id.rawValue, sequence, limit]
            ).map { try StoredEvent.event($0, of: id) }
        }
    }
}
