package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func amend(
        _ id: CallID, for caller: Caller, at now: Moment, by rule: @escaping @Sendable (Call) -> Result<Call, Refusal>
    ) async throws(StoreFailure) -> Result<CallRecord, Refusal>? {
        try await commits.write { db in
            try Self.once(caller, db)
            guard let row = try StoredCall.fetch(id, db) else { return nil }
            switch rule(row.call) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let call):
                if let note = try AuditNote.changed(call, from: row.call) {
                    try db.run(Self.amend, values: StoredCall.amendValues(call) + [row.key])
                    try Self.audit(note, for: caller, at: now, db)
                }
                guard let record = try Self.record(id, at: now, db) else { throw Corrupt("call \(id) is gone") }
                try Self.keep(.scheduled(record), for: caller, db)
                return .success(record)
            }
        }
    }

    private static let amend = StoredCall.amendColumns.update("calls", where: "key = ?")
}
