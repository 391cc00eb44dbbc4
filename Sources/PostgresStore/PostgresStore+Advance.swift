package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool {
        try await write(.many) { db in
            guard let operation = try await db.lock(id), !operation.isDone else { return true }
            switch operation.kind {
            case .cancel, .stop:
                let chunk = try await db.chunk(of: operation)
                let counts = try await Self.carryOut(chunk, of: operation, at: now, db)
                db.write(operation, counts, next: chunk.next, at: now)
                return chunk.next == nil
            case .release: return try await Self.letGo(operation, at: now, db)
            }
        }
    }

    private static func carryOut(
        _ chunk: OperationChunk, of operation: StoredOperation, at now: Moment, _ db: Transaction
    ) async throws -> OperationCounts {
        let cancellation = operation.cancellation(at: now)
        try await cancelWaiting(chunk.keysToCancel, by: cancellation, at: now, db)
        if !chunk.keysToHold.isEmpty {
            db.write("UPDATE calls SET stopped = TRUE WHERE key = ANY ($1::bigint[])", [List.of(chunk.keysToHold)])
        }
        let left = chunk.keysWithoutRetry(operation)
        if !left.isEmpty {
            db.write(
                "UPDATE calls SET retry = NULL WHERE key = ANY ($1::bigint[]) AND retry IS NOT NULL", [List.of(left)])
        }
        let live = try await db.calls(keys: chunk.calls.filter { $0.fate == .cancelLive }.compactMap(\.key))
        var counts = operation.counts
        for call in chunk.calls {
            counts.count(call.fate)
            var room: RoomName?
            if call.fate == .cancelLive, let row = call.key.flatMap({ live[$0] }) {
                room = try await cancelLive(row, by: cancellation, at: now, db)
            }
            db.write(
                Self.insertResult,
                StoredResult.insertValues(call, of: operation.id, position: counts.matched, room: room))
        }
        if let note = try AuditNote.cancelled(chunk, of: operation) { db.audit(note, for: operation.caller, at: now) }
        return counts
    }

    private static let insertResult = Statement.insert(into: "operation_results", StoredResult.insertColumns)

    /// What the rule writes for a call that waits, for many at once; a test holds the two together.
    private static func cancelWaiting(
        _ keys: [Int64], by cancellation: Cancellation, at now: Moment, _ db: Transaction
    ) async throws {
        guard !keys.isEmpty else { return }
        let told = try await db.change(
            """
            WITH cancelled AS (UPDATE calls SET phase = 5, status = 'cancelled', updated = $1, ended = $1, \
            failure_reason = NULL, cancelled_key = $2, cancelled_reason = $3, cancelled_at = $1, events = events + 1 \
            WHERE key = ANY ($4::bigint[]) AND phase = 0 RETURNING key, events) \
            INSERT INTO events (call, sequence, at, what) SELECT key, events, $5, $6 FROM cancelled
            """,
            [
                cancellation.at, cancellation.key.rawValue, cancellation.reason, List.of(keys), now,
                Notice.cancelled.rawValue,
            ])
        guard told.changed == keys.count else { throw Corrupt("a call that waited did not") }
    }

    /// The room that must go, with its termination lying ready for the lane.
    private static func cancelLive(
        _ row: StoredCall, by cancellation: Cancellation, at now: Moment, _ db: Transaction
    ) async throws -> RoomName? {
        _ = try await db.decide(row, latch: nil, claimingUntil: nil, at: now) {
            $0.receiving(.cancel(cancellation), in: $1, at: now)
        }
        return row.call.phase.attempt?.room
    }

    /// Frees what was held, except where another stop holds it still.
    private static func letGo(_ operation: StoredOperation, at now: Moment, _ db: Transaction) async throws -> Bool {
        let organization = operation.organization.rawValue
        // Nobody sets another stop meanwhile.
        db.hold(operation.organization)
        let held = try await db.change(
            """
            SELECT key FROM calls WHERE key IN (SELECT key FROM calls WHERE organization = $1 AND phase = 0 AND stopped \
            AND key > $2 AND key <= $3 ORDER BY key LIMIT $4) ORDER BY id FOR NO KEY UPDATE
            """, [organization, operation.place.cursor, operation.horizon, ChunkSize.calls]
        ).map { $0.number(0) }
        let freed = try await db.change(
            """
            UPDATE calls c SET stopped = FALSE WHERE key = ANY ($2::bigint[]) AND phase = 0 AND NOT EXISTS \
            (SELECT 1 FROM stops s WHERE s.organization = $1 AND s.released IS NULL AND s.\(StoredSuppression.isNone) \
            AND coalesce(s.value, '') IN ('', c.agent, c.batch, c.phone)) AND NOT EXISTS (SELECT 1 FROM stops s \
            WHERE s.organization = $1 AND s.released IS NULL AND coalesce(s.value, '') = c.phone OFFSET 0)
            """, [organization, List.of(held)]
        ).changed
        var counts = operation.counts
        counts.matched += freed
        let last = held.count < ChunkSize.calls ? nil : held.max()
        db.write(
            operation, counts,
            next: last.map { StoredOperation.Place(stage: operation.place.stage, cursor: $0) }, at: now)
        return last == nil
    }
}
