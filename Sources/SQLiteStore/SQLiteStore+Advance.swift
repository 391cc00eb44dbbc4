package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool {
        try await commits.write { db in
            guard let operation = try StoredOperation.fetch(id, db), !operation.isDone else { return true }
            switch operation.kind {
            case .cancel, .stop:
                let chunk = try OperationChunk.next(of: operation, db)
                let counts = try Self.carryOut(chunk, of: operation, at: now, db)
                try operation.write(counts, next: chunk.next, at: now, db)
                return chunk.next == nil
            case .release: return try Self.letGo(operation, at: now, db)
            }
        }
    }

    private static func carryOut(
        _ chunk: OperationChunk, of operation: StoredOperation, at now: Moment, _ db: Database
    ) throws -> OperationCounts {
        let cancellation = operation.cancellation(at: now)
        try cancelWaiting(chunk.keysToCancel, by: cancellation, at: now, db)
        try hold(chunk.keysToHold, db)
        try takeRetries(chunk.keysWithoutRetry(operation), db)
        var counts = operation.counts
        for call in chunk.calls {
            counts.count(call.fate)
            var room: RoomName?
            if call.fate == .cancelLive, let key = call.key {
                room = try cancelLive(key, by: cancellation, at: now, db)
            }
            try db.run(
                StoredResult.insert,
                values:
                    StoredResult.insertValues(call, of: operation.id, position: counts.matched, room: room))
        }
        if let note = try AuditNote.cancelled(chunk, of: operation) {
            try audit(note, for: operation.caller, at: now, db)
        }
        return counts
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
            """, [cancellation.at, cancellation.key.rawValue, cancellation.reason, list])
        guard db.changesCount == keys.count else { throw Corrupt("a call that waited did not") }
        try db.run(
            """
            INSERT INTO events (call, sequence, at, what) \
            SELECT key, events, ?, ? FROM calls WHERE key IN (SELECT value FROM json_each(?))
            """, [now, Notice.cancelled.rawValue, list])
    }

    /// The room that must go, with its termination lying ready for the lane.
    private static func cancelLive(
        _ key: Int64, by cancellation: Cancellation, at now: Moment, _ db: Database
    ) throws -> RoomName? {
        guard let row = try StoredCall.fetch(key: key, db) else { throw Corrupt("call \(key) is gone") }
        _ = try decide(
            row, mindsWindows: false, claimingUntil: nil, at: now,
            by: { $0.receiving(.cancel(cancellation), in: $1, at: now) }, db)
        return row.call.phase.attempt?.room
    }

    private static func hold(_ keys: [Int64], _ db: Database) throws {
        guard !keys.isEmpty else { return }
        try db.run(
            "UPDATE calls SET stopped = 1 WHERE key IN (SELECT value FROM json_each(?)) AND phase = 0", [json(keys)])
    }

    private static func takeRetries(_ keys: [Int64], _ db: Database) throws {
        guard !keys.isEmpty else { return }
        try db.run(
            "UPDATE calls SET retry = NULL WHERE key IN (SELECT value FROM json_each(?)) AND retry IS NOT NULL",
            [json(keys)])
    }

    /// Frees what was held, except where another stop holds it still.
    private static func letGo(_ operation: StoredOperation, at now: Moment, _ db: Database) throws -> Bool {
        let held = """
            SELECT key FROM calls INDEXED BY calls_stopped WHERE organization = ?1 AND phase = 0 AND stopped = 1 \
            AND key > ?2 AND key <= ?3
            """
        let organization = operation.organization.rawValue
        let last = try db.integer(
            "\(held) ORDER BY key LIMIT 1 OFFSET \(ChunkSize.calls - 1)",
            [organization, operation.place.cursor, operation.horizon])
        try db.run(
            """
            UPDATE calls SET stopped = 0 WHERE key IN (\(held)) AND NOT EXISTS (SELECT 1 FROM stops s \
            INDEXED BY stops_of_organization WHERE s.organization = ?1 AND s.released IS NULL \
            AND s.\(StoredSuppression.isNone) AND coalesce(s.value, '') IN ('', calls.agent, calls.batch, calls.phone)) \
            AND NOT EXISTS (SELECT 1 FROM stops s INDEXED BY stops_in_force WHERE s.organization = ?1 \
            AND s.released IS NULL AND coalesce(s.value, '') = calls.phone)
            """, [organization, operation.place.cursor, last ?? operation.horizon])
        var counts = operation.counts
        counts.matched += db.changesCount
        try operation.write(
            counts, next: last.map { StoredOperation.Place(stage: operation.place.stage, cursor: $0) }, at: now, db)
        return last == nil
    }

    /// Numbers as SQL's `json_each` reads them.
    static func json(_ keys: [Int64]) -> String { "[\(keys.map(String.init).joined(separator: ","))]" }
}

extension StoredResult {
    fileprivate static let insert = insertColumns.insert(into: "operation_results")
}
