package import CallControl
package import CallCore
import GRDB

extension SQLiteStore {
    package func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord {
        try await commits.write { db in
            try Self.once(caller, db)
            let status = try String.fetchOne(
                db.cachedStatement(sql: "SELECT status FROM agents WHERE id = ?"), arguments: [call.agent.rawValue])
            try CallRow.insert(call, held: status != Agent.Status.active.rawValue, stopped: false, db)
            guard let record = try Self.record(call.id, at: call.createdAt, db) else {
                throw Corrupt("call \(call.id) is not there after its insert")
            }
            try Self.keep(.scheduled(record), for: caller, db)
            return record
        }
    }

    package func decide(
        _ id: CallID, proving proof: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? {
        try await commits.write { db in
            try Self.once(caller, db)
            guard let row = try CallRow.fetch(id, db) else { return nil }
            if let proof {
                let fence = try db.integer("SELECT fence FROM dials WHERE room = ?", [proof.room.rawValue])
                guard fence == proof.fence else { return Decided(call: row.call, verdict: .leaseLost) }
            }
            let decided = try Self.decide(row, claimingUntil: claimingUntil, at: now, by: rule, db)
            if let proof, proof.closing { try db.run("DELETE FROM dials WHERE room = ?", [proof.room.rawValue]) }
            if let caller, decided.verdict == .moved {
                let note = AuditNote(
                    .callCancel, on: id.rawValue, reason: decided.call.cancelledBy?.reason,
                    before: row.call.status.rawValue, after: decided.call.status.rawValue)
                try Self.audit(note, for: caller, at: now, db)
                try Self.keep(.cancelled(decided.call), for: caller, db)
            }
            return decided
        }
    }

    /// Runs the rule on a row that was read in this transaction and writes what it decided.
    static func decide(
        _ row: CallRow, claimingUntil: Moment?, at now: Moment, by rule: (Call, Scene) -> Decision, _ db: Database
    ) throws -> Decided {
        switch rule(row.call, Scene(agentIsActive: !row.isHeld)) {
        case .stay: return Decided(call: row.call, verdict: .stayed)
        case .refuse(let refusal): return Decided(call: row.call, verdict: .refused(refusal))
        case .note(let call):
            try row.update(to: call, at: now, db)
            return Decided(call: call, verdict: .noted)
        case .move(let call, let effects):
            if call != row.call { try row.update(to: call, at: now, db) }
            var claimed: [TerminationLease] = []
            for effect in effects {
                switch effect {
                case .dial(let room):
                    try db.run(
                        "INSERT INTO dials (room, call, ready, fence) VALUES (?, ?, ?, 1)",
                        [room.rawValue, row.key, (claimingUntil ?? now).milliseconds])
                case .hangUp(let room):
                    let lease = try arm(room, of: row.key, call: call, claimingUntil: claimingUntil, at: now, db)
                    if let lease { claimed.append(lease) }
                }
            }
            return Decided(call: call, verdict: .moved, terminations: claimed)
        }
    }

    package func admitDue(
        _ limit: Int, at now: Moment, claimingUntil: Moment, by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> [Admitted] {
        guard limit > 0 else { return [] }
        return try await commits.write { db in
            var admitted: [Admitted] = []
            var agents: [AgentID: Agent] = [:]
            // One seek a priority: sorted over all of them, calls of tomorrow would stand before those of today.
            for priority in CallOrder.priorities where admitted.count < limit {
                let rows = try db.rows(
                    """
                    SELECT \(CallRow.columns) FROM calls INDEXED BY calls_due \
                    WHERE phase = 0 AND held = 0 AND stopped = 0 AND priority = ? AND due <= ? ORDER BY due LIMIT ?
                    """, [priority, now.milliseconds, limit - admitted.count])
                for raw in rows {
                    let row = try CallRow(raw, db)
                    let decided = try Self.decide(row, claimingUntil: claimingUntil, at: now, by: rule, db)
                    guard decided.verdict == .moved else { continue }
                    var dial: DialLease?
                    if let room = decided.call.phase.attempt?.room {
                        if agents[row.call.agent] == nil {
                            agents[row.call.agent] = try AgentRow.fetch(row.call.agent, db)
                        }
                        guard let agent = agents[row.call.agent] else {
                            throw Corrupt("call \(row.call.id) has no agent")
                        }
                        dial = DialLease(room: room, fence: 1, call: decided.call, agent: agent)
                    }
                    admitted.append(Admitted(call: decided.call, dial: dial))
                }
            }
            return admitted
        }
    }
}
