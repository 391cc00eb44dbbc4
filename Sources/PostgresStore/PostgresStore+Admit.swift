package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func admitDue(
        _ limit: Int, under limits: DialLimits, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> [Admitted] {
        guard limit > 0 else { return [] }
        return try await write(.many) { db in
            let limit = min(limit, try await Self.allowed(by: limits, at: now, db))
            guard limit > 0 else { return [] }
            var admitted: [Admitted] = []
            var held = 0
            var more = true
            while more, admitted.count < limit {
                let rows = try await Self.due(limit - admitted.count, at: now, db)
                let heldBefore = held
                let waiting = try await Self.waiting(rows, db)
                let agents = try await db.agents(waiting.map(\.row.call.agent))
                for (read, stop, isHangingUp) in waiting {
                    let row = read.held(byInactive: agents[read.call.agent]?.status == .inactive)
                    if row.isHeld { db.write("UPDATE calls SET held = TRUE WHERE key = $1", [row.key]) }
                    let decided = try await db.decide(
                        row, stop: stop, isHangingUp: isHangingUp, claimingUntil: claimingUntil, at: now, by: rule)
                    guard decided.verdict == .moved else {
                        held += 1
                        continue
                    }
                    admitted.append(Admitted(call: decided.call, dial: try Self.dial(of: decided.call, agents)))
                }
                // Those that a stop holds have left the index: the ones behind them must not wait a turn for each.
                more = held > heldBefore && held < Self.mostHeldInOneAdmission
            }
            let started = admitted.count { $0.dial != nil }
            if started > 0 { db.write("INSERT INTO starts (at, count) VALUES ($1, $2)", [now, started]) }
            return admitted
        }
    }

    private static let mostHeldInOneAdmission = 256

    /// How many calls may be begun now, over all nodes.
    ///
    /// One node admits at a time: who comes second is told none, and sees what the first has left when it asks again. Nodes whose clocks differ by less than the window
    /// count each other's starts; what lies a minute ahead was written before a clock was set back.
    private static func allowed(by limits: DialLimits, at now: Moment, _ db: Transaction) async throws -> Int {
        guard try await db.row(AdvisoryLock.admission)?.flag(0) == true else { return 0 }
        let (count, window) = limits.starts
        let seen = try await db.all([
            Statement("DELETE FROM starts WHERE at <= $1 OR at > $2", [now - window, now + .seconds(60)]),
            Statement("SELECT coalesce(sum(count), 0) FROM starts"),
            Statement("SELECT count(*) FROM calls WHERE phase BETWEEN 1 AND 4"),
        ])
        return min(
            count - Int(seen[1].first?.number(0) ?? 0), limits.maxLive - Int(seen[2].first?.number(0) ?? 0))
    }

    /// Calls that are due, locked; those that somebody decides about this moment are left for the next time.
    private static func due(_ limit: Int, at now: Moment, _ db: Transaction) async throws -> Rows {
        // One seek a priority: sorted over all of them, calls of tomorrow would stand before those of today.
        let found = try await db.rows(
            """
            SELECT c.key FROM generate_series(\(CallOrder.priorities.lowerBound), \(CallOrder.priorities.upperBound)) \
            AS p (priority) CROSS JOIN LATERAL (SELECT key, due FROM calls WHERE phase = 0 AND NOT held AND NOT stopped \
            AND priority = p.priority AND due <= $1 ORDER BY due LIMIT $2) c ORDER BY p.priority, c.due LIMIT $2
            """, [now, limit])
        return try await db.change(
            """
            SELECT \(StoredCall.columns) FROM calls WHERE key = ANY ($1::bigint[]) AND phase = 0 AND NOT held \
            AND NOT stopped AND \(AdvisoryLock.holdingItsOrganization) ORDER BY priority, due \
            FOR NO KEY UPDATE SKIP LOCKED
            """, [List.of(found.map { $0.number(0) })])
    }

    /// The calls of these rows with the stop that holds each, and whether a phone of it may be up still, on one journey for all.
    private static func waiting(
        _ rows: Rows, _ db: Transaction
    ) async throws -> [(row: StoredCall, stop: StopID?, isHangingUp: Bool)] {
        var asked: [Statement] = []
        for raw in rows {
            let organization = StoredCall.organization(raw)
            db.hold(organization)
            asked.append(Transaction.stops(of: organization, covering: StoredCall.stopValues(raw), limit: 1))
            if StoredCall.hasAttempts(raw) {
                asked.append(Transaction.attempts(of: StoredCall.key(raw)))
                asked.append(Transaction.openHangUp(of: StoredCall.key(raw)))
            }
        }
        var seen = try await db.all(asked)[...]
        return try rows.map { raw in
            let stop = seen.removeFirst().first.map { StopID(rawValue: $0.text(0)) }
            guard StoredCall.hasAttempts(raw) else { return (try StoredCall(raw, attempts: []), stop, false) }
            let attempts = try seen.removeFirst().map { try StoredAttempt.attempt($0) }
            return (try StoredCall(raw, attempts: attempts), stop, !seen.removeFirst().isEmpty)
        }
    }

    private static func dial(of call: Call, _ agents: [AgentID: Agent]) throws -> DialLease? {
        guard let room = call.phase.attempt?.room else { return nil }
        guard let agent = agents[call.agent] else { throw Corrupt("call \(call.id) has no agent") }
        return DialLease(room: room, fence: 1, call: call, agent: agent)
    }
}
