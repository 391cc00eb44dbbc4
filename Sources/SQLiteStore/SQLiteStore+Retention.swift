package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: RetentionStore {
    package func purgeable(
        overBefore moment: Moment, after place: Int64, limit: Int
    ) async throws(StoreFailure) -> Purgeable {
        try await read { db in
            // Calls are younger the later they were made, so that behind a thousand of younger ones there is none to be found.
            let seen = try db.row(
                """
                SELECT max(key), min(created) FROM (SELECT key, created FROM calls WHERE key > ? ORDER BY key \
                LIMIT \(StoredFinish.looks))
                """, [place])
            guard let end = seen?.optionalNumber(0), let oldest = seen?.moment(1), oldest < moment else {
                return Purgeable(calls: [], next: nil)
            }
            let keys = try db.rows(
                """
                SELECT c.key FROM calls c NOT INDEXED WHERE c.key > ? AND c.key <= ? AND \(Self.isOver) \
                ORDER BY c.key LIMIT ?
                """, [place, end, moment, limit]
            ).map { $0.number(0) }
            return Purgeable(
                calls: try keys.compactMap { try Self.finished($0, db) }, next: keys.count == limit ? keys.last : end)
        }
    }

    /// Since before a moment; an open dial or hang-up still belongs to a call that is over, and whoever holds it must find the call.
    ///
    /// The last call of all stays until there is another one behind it: its key would be given away a second time.
    private static let isOver = """
        c.phase = \(StoredPhase.ended) AND c.ended < ? AND NOT EXISTS (SELECT 1 FROM dials WHERE call = c.key) \
        AND NOT EXISTS (SELECT 1 FROM terminations WHERE call = c.key AND state <> 'verified') \
        AND c.key < (SELECT max(key) FROM calls)
        """

    private static func finished(_ key: Int64, _ db: Database) throws -> FinishedCall? {
        guard let row = try StoredCall.fetch(key: key, db) else { return nil }
        let agent = try db.row("SELECT name FROM agents WHERE id = ?", [row.call.agent.rawValue])?.text(0)
        let termination = try db.row(
            "SELECT \(StoredTermination.columns) FROM terminations WHERE room = ?",
            [row.call.attempts.last?.room.rawValue])
        let events = try db.rows(
            "SELECT \(StoredEvent.columns) FROM events WHERE call = ? ORDER BY sequence", [key])
        return try StoredFinish.call(
            row, agent: agent ?? "", termination: termination,
            events: events.map { try StoredEvent.event($0, of: row.call.id) })
    }

    package func purge(_ calls: [FinishedCall], overBefore moment: Moment) async throws(StoreFailure) -> Int {
        try await commits.write { db in
            var count = 0
            for call in calls {
                let found = try db.row(
                    "SELECT 1 FROM calls c WHERE c.key = ? AND c.updated = ? AND \(Self.isOver)",
                    [call.place, call.record.call.updatedAt, moment])
                guard found != nil else { continue }
                for table in StoredFinish.tables { try db.run("DELETE FROM \(table) WHERE call = ?", [call.place]) }
                try db.run("DELETE FROM calls WHERE key = ?", [call.place])
                count += 1
            }
            return count
        }
    }

    package func purgeResults(
        doneBefore moment: Moment, after operation: OperationID?, limit: Int
    ) async throws(StoreFailure) -> PurgedResults? {
        let next = "SELECT id FROM operations WHERE done < ? AND id > ? ORDER BY id LIMIT 1"
        let values: StatementArguments = [moment, operation?.rawValue ?? ""]
        // Most of the time there is none, and then nothing is written.
        guard try await read({ try $0.row(next, values) != nil }) else { return nil }
        return try await commits.write { db in
            guard let id = try db.row(next, values)?.text(0) else { return nil }
            try db.run(
                """
                DELETE FROM operation_results WHERE operation = ?1 AND position IN (SELECT position FROM operation_results \
                WHERE operation = ?1 ORDER BY position LIMIT ?2)
                """, [id, limit])
            let count = db.changesCount
            if count == limit { return PurgedResults(count: count, next: operation) }
            try db.run("DELETE FROM operation_targets WHERE operation = ?", [id])
            try db.run(
                "DELETE FROM operations WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM stops WHERE operation = ?1)", [id])
            return PurgedResults(count: count, next: OperationID(rawValue: id))
        }
    }
}
