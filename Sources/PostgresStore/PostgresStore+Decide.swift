package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord {
        try await write(.nothing) { db in
            try await db.once(caller)
            db.hold(call.organization)
            var asked = [
                Transaction.standing(of: call.agent),
                Transaction.latches(of: call.organization, covering: StoredStop.valuesCovering(call)),
            ]
            if call.dueAt <= call.createdAt { asked.append(Self.ahead(of: call, at: call.createdAt)) }
            let seen = try await db.all(asked)
            let latches = seen[1].map { Latch($0) }
            try latches.refuseSuppressed()
            let agent = try seen[0].first.map { try StoredAgent.standing($0) }
            let isHeld = agent?.isActive != true
            let call = call.timed(under: agent?.window)
            db.write(Self.insertCall, StoredCall.insertValues(call, held: isHeld, stopped: !latches.isEmpty))
            let row = StoredCall(new: call, isHeld: isHeld, isStopped: !latches.isEmpty)
            let record = CallRecord(
                call: call, agent: AgentName(id: call.agent, name: agent?.name ?? ""), termination: nil,
                queue: row.queue(latches: latches, window: agent?.window, at: call.createdAt) {
                    Int(seen.last?.first?.number(0) ?? 0)
                }, window: agent?.window)
            db.keep(.scheduled(record), for: caller)
            return record
        }
    }

    /// Calls with their first events.
    static let insertCall = Insertion(into: "calls", StoredCall.insertColumns) { insert in
        """
        WITH new AS (\(insert) RETURNING key, created) INSERT INTO events (call, sequence, at, what) \
        SELECT key, 1, created, '\(Notice.created.rawValue)' FROM new
        """
    }

    package func decide(
        _ id: CallID, proving proof: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? {
        try await write(.call(id)) { db in
            let locked = try await db.lock(id)
            // Behind the lock: the first try may have been at this call just now, on a node that slept with it.
            try await db.once(caller)
            guard let raw = locked else { return nil }
            // What a client asks for does not hang on a window.
            let (row, latch, isHangingUp, fence, window) = try await Self.scenery(
                of: raw, proving: proof, mindsWindows: caller == nil, db)
            if let proof, fence != proof.fence { return Decided(call: row.call, verdict: .leaseLost) }
            let decided = try await db.decide(
                row, latch: latch, isHangingUp: isHangingUp, window: window, claimingUntil: claimingUntil, at: now,
                by: rule)
            if let proof, proof.closing { db.write("DELETE FROM dials WHERE room = $1", [proof.room.rawValue]) }
            if let caller, decided.verdict == .moved {
                db.audit(.cancelled(decided.call, from: row.call.status), for: caller, at: now)
                db.keep(.cancelled(decided.call), for: caller)
            }
            return decided
        }
    }

    /// What a decision about a locked call needs beside its row, on one journey.
    private static func scenery(
        of raw: Row, proving proof: DialProof?, mindsWindows: Bool, _ db: Transaction
    ) async throws -> (row: StoredCall, latch: Latch?, isHangingUp: Bool, fence: Int64?, window: WiderWindow?) {
        var asked: [Statement] = []
        if StoredCall.hasAttempts(raw) { asked.append(Transaction.attempts(of: StoredCall.key(raw))) }
        if let proof { asked.append(Transaction.fence(of: proof.room)) }
        let mindsStops = StoredCall.mindsStops(raw)
        if mindsStops {
            db.hold(StoredCall.organization(raw))
            asked.append(
                Transaction.latches(of: StoredCall.organization(raw), covering: StoredCall.stopValues(raw), limit: 1))
        }
        let mindsPhones = StoredCall.mindsPhones(raw)
        if mindsPhones { asked.append(Transaction.openHangUp(of: StoredCall.key(raw))) }
        let mindsWindows = mindsWindows && mindsStops
        if mindsWindows { asked.append(Transaction.standing(of: StoredCall.agent(raw))) }
        var seen = try await db.all(asked)[...]
        let attempts = StoredCall.hasAttempts(raw) ? try seen.removeFirst().map { try StoredAttempt.attempt($0) } : []
        let fence = proof == nil ? nil : seen.removeFirst().first?.optionalNumber(0)
        let latch = mindsStops ? seen.removeFirst().first.map { Latch($0) } : nil
        let isHangingUp = mindsPhones ? !seen.removeFirst().isEmpty : false
        let agent = mindsWindows ? try seen.removeFirst().first.map { try StoredAgent.standing($0) } : nil
        return (try StoredCall(raw, attempts: attempts), latch, isHangingUp, fence, agent?.window)
    }
}
