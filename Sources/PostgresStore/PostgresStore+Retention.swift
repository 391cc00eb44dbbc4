package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: RetentionStore {
    package func purgeable(
        overBefore moment: Moment, after place: Int64, limit: Int
    ) async throws(StoreFailure) -> Purgeable {
        try await aside { db in
            // Calls are younger the later they were made, so that behind a thousand of younger ones there is none to be found.
            let seen = try await db.row(
                """
                SELECT max(key), min(created) FROM (SELECT key, created FROM calls WHERE key > $1 ORDER BY key \
                LIMIT \(StoredFinish.looks)) c
                """, [place])
            guard let end = seen?.optionalNumber(0), let oldest = seen?.moment(1), oldest < moment else {
                return Purgeable(calls: [], next: nil)
            }
            let keys = try await db.rows(
                """
                SELECT c.key FROM calls c WHERE c.key > $2 AND c.key <= $3 \
                AND \(Self.isOver) ORDER BY c.key LIMIT $4
                """, [moment, place, end, limit]
            ).map { $0.number(0) }
            return Purgeable(
                calls: try await Self.finished(keys, db), next: keys.count == limit ? keys.last : end)
        }
    }

    /// Since before `$1`; an open dial or hang-up still belongs to a call that is over, and whoever holds it must find the call.
    private static let isOver = """
        c.phase = \(StoredPhase.ended) AND c.ended < $1 AND c.key NOT IN (SELECT call FROM dials) \
        AND c.key NOT IN (SELECT call FROM terminations WHERE state <> 'verified' AND call IS NOT NULL)
        """

    private static func finished(_ keys: [Int64], _ db: Transaction) async throws -> [FinishedCall] {
        if keys.isEmpty { return [] }
        let calls = try await db.calls(keys: keys)
        let list = List.of(keys)
        let seen = try await db.all([
            Statement(
                "SELECT \(StoredEvent.columns), call FROM events WHERE call = ANY ($1::bigint[]) ORDER BY sequence",
                [list]),
            Statement(
                "SELECT \(StoredTermination.columns), room FROM terminations WHERE call = ANY ($1::bigint[])", [list]),
            Statement(
                "SELECT id, name FROM agents WHERE id IN (SELECT agent FROM calls WHERE key = ANY ($1::bigint[]))",
                [list]),
        ])
        let events = Dictionary(grouping: seen[0]) { $0.number(StoredEvent.columns.count) }
        let terminations = Dictionary(grouping: seen[1]) { $0.text(StoredTermination.columns.count) }
        let names = Dictionary(seen[2].map { ($0.text(0), $0.text(1)) }) { first, _ in first }
        return try keys.compactMap { calls[$0] }.map { row in
            let room = row.call.attempts.last?.room.rawValue
            return try StoredFinish.call(
                row, agent: names[row.call.agent.rawValue] ?? "",
                termination: room.flatMap { terminations[$0]?.first },
                events: (events[row.key] ?? []).map { try StoredEvent.event($0, of: row.call.id) })
        }
    }

    package func purge(_ calls: [FinishedCall], overBefore moment: Moment) async throws(StoreFailure) -> Int {
        try await aside { db in
            // It waits for nobody: what somebody has in hand stays for the next time. Locked like this, a call gets no row more.
            let locked = try await db.change(
                """
                SELECT c.key FROM calls c JOIN unnest ($2::bigint[], $3::bigint[]) AS seen (key, updated) \
                ON c.key = seen.key AND c.updated = seen.updated \
                WHERE \(Self.isOver) ORDER BY c.id FOR UPDATE OF c SKIP LOCKED
                """,
                [
                    moment, List.of(calls.map(\.place)),
                    List.of(calls.map { $0.record.call.updatedAt.milliseconds }),
                ])
            // A sign of life, which arms a termination again, does not lock its call.
            let free = try await db.rows(
                """
                SELECT c.key FROM unnest ($1::bigint[]) AS c (key) WHERE (SELECT count(*) FROM terminations \
                WHERE call = c.key) = (SELECT count(*) FROM (SELECT 1 FROM terminations WHERE call = c.key \
                AND state = 'verified' FOR UPDATE SKIP LOCKED) t)
                """, [List.of(locked.map { $0.number(0) })])
            let keys = List.of(free.map { $0.number(0) })
            for table in StoredFinish.tables {
                db.write("DELETE FROM \(table) WHERE call = ANY ($1::bigint[])", [keys])
            }
            db.write("DELETE FROM calls WHERE key = ANY ($1::bigint[])", [keys])
            return free.count
        }
    }

    package func purgeResults(
        doneBefore moment: Moment, after operation: OperationID?, limit: Int
    ) async throws(StoreFailure) -> PurgedResults? {
        try await aside { db in
            let found = try await db.row(
                "SELECT id FROM operations WHERE done < $1 AND id > $2 ORDER BY id LIMIT 1",
                [moment, operation?.rawValue ?? ""])
            guard let id = found?.text(0) else { return nil }
            let count = try await db.change(
                """
                DELETE FROM operation_results WHERE operation = $1 AND position IN (SELECT position FROM operation_results \
                WHERE operation = $1 ORDER BY position LIMIT $2)
                """, [id, limit]
            ).changed
            if count == limit { return PurgedResults(count: count, next: operation) }
            db.write("DELETE FROM operation_targets WHERE operation = $1", [id])
            db.write(
                "DELETE FROM operations WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM stops WHERE operation = $1)", [id])
            return PurgedResults(count: count, next: OperationID(rawValue: id))
        }
    }
}
