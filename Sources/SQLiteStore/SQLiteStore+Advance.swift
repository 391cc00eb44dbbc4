package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    /// How much one transaction of an operation does: others wait for it no longer than for a batch of their own kind.
    enum ChunkSize {
        /// Calls that are come to.
        static let calls = 250
        /// Calls with an attempt under way, which the rule in Swift decides one by one.
        static let live = 64
        /// Calls that are looked at, where a filter wants few of them.
        static let looks = 4000
    }

    package func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool {
        try await commits.write { db in
            guard let operation = try OperationRow.fetch(id, db), !operation.isDone else { return true }
            switch operation.kind {
            case .cancel, .stop:
                let chunk = try OperationChunk.next(of: operation, db)
                var counts = operation.counts
                try Self.carryOut(chunk.calls, of: operation, &counts, at: now, db)
                try operation.write(counts, next: chunk.next, at: now, db)
                return chunk.next == nil
            case .release: return try Self.letGo(operation, at: now, db)
            }
        }
    }

    private static func carryOut(
        _ calls: [OperationChunk.Item], of operation: OperationRow, _ counts: inout OperationCounts, at now: Moment,
        _ db: Database
    ) throws {
        let cancellation = Cancellation(
            organization: operation.organization, key: operation.caller.key, reason: operation.reason, at: now)
        let waiting = calls.filter { $0.fate == .cancelWaiting }.compactMap(\.key)
        try cancelWaiting(waiting, by: cancellation, at: now, db)
        let held = calls.filter { $0.fate == .hold && $0.isWaiting }.compactMap(\.key)
        try hold(held, db)
        var cancelled: [CancelledCall] = []
        for call in calls {
            counts.matched += 1
            var room: RoomName?
            switch call.fate {
            case .cancelWaiting: break
            case .cancelLive:
                guard let key = call.key else { continue }
                room = try cancelLive(key, by: cancellation, at: now, db)
            case .hold: counts.held += 1
            case .leave, .isOver, .isNotThere: counts.notCancellable += 1
            }
            if call.fate.outcome == .cancelled {
                counts.cancelled += 1
                cancelled.append(CancelledCall(id: call.id.rawValue, before: call.status?.rawValue))
            }
            try db.run(
                """
                INSERT INTO operation_results (operation, position, call, outcome, status, room) \
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    operation.id.rawValue, counts.matched, call.id.rawValue, call.fate.outcome.rawValue,
                    call.status?.rawValue, room?.rawValue,
                ])
        }
        guard !cancelled.isEmpty else { return }
        try audit(
            AuditNote(
                .callsCancel, on: operation.id.rawValue, reason: operation.reason,
                after: CallStatus.cancelled.rawValue, detail: try AuditNote.detail(["calls": cancelled])),
            for: operation.caller, at: now, db)
    }

    private struct CancelledCall: Encodable {
        let id: String
        let before: String?
    }

    /// What the rule writes for a call that waits, for many at once; a test holds the two together.
    private static func cancelWaiting(
        _ keys: [Int64], by cancellation: Cancellation, at now: Moment, _ db: Database
    ) throws {
        guard !keys.isEmpty else { return }
        let list = json(keys)
        try db.run(
            """
            UPDATE calls SET phase = 5, status = 'cancelled', updated = ?1, ended = ?1, failure_reason = NULL, \
            cancelled_key = ?2, cancelled_reason = ?3, cancelled_at = ?1, events = events + 1 \
            WHERE key IN (SELECT value FROM json_each(?4)) AND phase = 0
            """, [cancellation.at.milliseconds, cancellation.key.rawValue, cancellation.reason, list])
        guard db.changesCount == keys.count else { throw Corrupt("a call that waited did not") }
        try db.run(
            """
            INSERT INTO events (call, sequence, at, what) \
            SELECT key, events, ?, ? FROM calls WHERE key IN (SELECT value FROM json_each(?))
            """, [now.milliseconds, Notice.cancelled.rawValue, list])
    }

    /// The room that must go, with its termination lying ready for the lane.
    private static func cancelLive(
        _ key: Int64, by cancellation: Cancellation, at now: Moment, _ db: Database
    ) throws -> RoomName? {
        guard let row = try StoredCall.fetch(key: key, db) else { throw Corrupt("call \(key) is gone") }
        _ = try decide(
            row, claimingUntil: nil, at: now, by: { $0.receiving(.cancel(cancellation), in: $1, at: now) }, db)
        return row.call.phase.attempt?.room
    }

    private static func hold(_ keys: [Int64], _ db: Database) throws {
        guard !keys.isEmpty else { return }
        try db.run(
            "UPDATE calls SET stopped = 1 WHERE key IN (SELECT value FROM json_each(?)) AND phase = 0", [json(keys)])
    }

    /// Frees what was held, except where another stop holds it still.
    private static func letGo(_ operation: OperationRow, at now: Moment, _ db: Database) throws -> Bool {
        let held = """
            SELECT key FROM calls INDEXED BY calls_stopped WHERE organization = ?1 AND phase = 0 AND stopped = 1 \
            AND key > ?2 AND key <= ?3
            """
        let organization = operation.organization.rawValue
        let last = try db.integer(
            "\(held) ORDER BY key LIMIT 1 OFFSET \(ChunkSize.calls - 1)",
            [organization, operation.cursor, operation.horizon])
        try db.run(
            """
            UPDATE calls SET stopped = 0 WHERE key IN (\(held)) AND NOT EXISTS (SELECT 1 FROM stops s \
            INDEXED BY stops_in_force WHERE s.organization = ?1 AND s.released IS NULL \
            AND coalesce(s.value, '') IN ('', calls.agent, calls.batch, calls.phone))
            """, [organization, operation.cursor, last ?? operation.horizon])
        var counts = operation.counts
        counts.matched += db.changesCount
        try operation.write(counts, next: last.map { (operation.stage, $0) }, at: now, db)
        return last == nil
    }

    /// Numbers as SQL's `json_each` reads them.
    static func json(_ keys: [Int64]) -> String { "[\(keys.map(String.init).joined(separator: ","))]" }
}
