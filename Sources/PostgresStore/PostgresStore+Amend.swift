package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func amend(
        _ id: CallID, for caller: Caller, at now: Moment, by rule: @escaping @Sendable (Call) -> Result<Call, Refusal>
    ) async throws(StoreFailure) -> Result<CallRecord, Refusal>? {
        try await write(.call(id)) { db in
            let locked = try await db.lock(id)
            try await db.once(caller)
            guard let raw = locked else { return nil }
            let attempts = try await db.all([Transaction.attempts(of: StoredCall.key(raw))])[0]
            let row = try StoredCall(raw, attempts: attempts.map { try StoredAttempt.attempt($0) })
            switch rule(row.call) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let call):
                if let note = try AuditNote.changed(call, from: row.call) {
                    db.write(Self.amendCall, StoredCall.amendValues(call) + [row.key])
                    db.audit(note, for: caller, at: now)
                }
                guard let record = try await Self.record(id, at: now, db) else { throw Corrupt("call \(id) is gone") }
                db.keep(.scheduled(record), for: caller)
                return .success(record)
            }
        }
    }

    private static let amendCall = Statement.update("calls", StoredCall.amendColumns) { "key = $\($0)" }
}
