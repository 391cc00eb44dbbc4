package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord {
        try await commits.write { db in
            try Self.once(caller, db)
            let latches = try Self.latches(covering: call, atMost: 1, db)
            try latches.refuseSuppressed()
            let agent = try StoredAgent.standing(call.agent, db)
            let timed = call.timed(under: agent?.window)
            let row = StoredCall.insertValues(timed, held: agent?.isActive != true, stopped: !latches.isEmpty)
            try StoredCall.insert([row], db)
            guard let record = try Self.record(call.id, at: call.createdAt, db) else {
                throw Corrupt("call \(call.id) is not there after its insert")
            }
            try Self.keep(.scheduled(record), for: caller, db)
            return record
        }
    }

    package func insert(_ calls: [Call]) async throws(StoreFailure) {
        try await commits.write(weight: calls.count) { try Self.insert(calls, $0) }
    }

    /// New calls; what holds them is asked once for all.
    static func insert(_ calls: [Call], _ db: Database) throws {
        var agents: [AgentID: StoredAgent.Standing] = [:]
        var stopped: [OrganizationID: Set<String>] = [:]
        let rows = try calls.map { call in
            let agent = try agents[call.agent] ?? StoredAgent.standing(call.agent, db)
            agents[call.agent] = agent
            let stops = try stopped[call.organization] ?? Self.stopValues(of: call.organization, db)
            stopped[call.organization] = stops
            return StoredCall.insertValues(
                call.timed(under: agent?.window), held: agent?.isActive != true,
                stopped: StoredStop.isAny(of: stops, covering: call))
        }
        try StoredCall.insert(rows, db)
    }

    package func decide(
        _ id: CallID, proving proof: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? {
        try await commits.write { db in
            try Self.once(caller, db)
            guard let row = try StoredCall.fetch(id, db) else { return nil }
            if let proof {
                let fence = try db.integer("SELECT fence FROM dials WHERE room = ?", [proof.room.rawValue])
                guard fence == proof.fence else { return Decided(call: row.call, verdict: .leaseLost) }
            }
            // What a client asks for does not hang on a window.
            let decided = try Self.decide(
                row, mindsWindows: caller == nil, claimingUntil: claimingUntil, at: now, by: rule, db)
            if let proof, proof.closing { try db.run("DELETE FROM dials WHERE room = ?", [proof.room.rawValue]) }
            if let caller, decided.verdict == .moved {
                try Self.audit(.cancelled(decided.call, from: row.call.status), for: caller, at: now, db)
                try Self.keep(.cancelled(decided.call), for: caller, db)
            }
            return decided
        }
    }

    /// Runs the rule on a row that was read in this transaction and writes what it decided.
    ///
    /// `limit`: on dials to its number, where it is to be begun.
    static func decide(
        _ row: StoredCall, mindsWindows: Bool = true, under limit: NumberLimit? = nil, allowance: Allowance? = nil,
        claimingUntil: Moment?, at now: Moment, by rule: (Call, Scene) -> Decision, _ db: Database
    ) throws -> Decided {
        let scene = try scene(of: row, mindsWindows: mindsWindows, under: limit, allowance: allowance, at: now, db)
        let decided = try write(rule(row.call, scene), of: row, claimingUntil: claimingUntil, at: now, db)
        // It was asked for its admission, or was withdrawn from it: until stops are released it is not asked again.
        if scene.latch != nil, decided.call.phase == .waiting { try markStopped(row, db) }
        return decided
    }

    private static func write(
        _ decision: Decision, of row: StoredCall, claimingUntil: Moment?, at now: Moment, _ db: Database
    ) throws -> Decided {
        switch decision {
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
                        [room.rawValue, row.key, claimingUntil ?? now])
                case .hangUp(let room):
                    let lease = try arm(room, of: row.key, call: call, claimingUntil: claimingUntil, at: now, db)
                    if let lease { claimed.append(lease) }
                }
            }
            return Decided(call: call, verdict: .moved, terminations: claimed)
        }
    }
}
