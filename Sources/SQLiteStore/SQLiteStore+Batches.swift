package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: BatchStore {
    @discardableResult
    package func insert(_ asked: Batch, for caller: Caller) async throws(StoreFailure) -> Batch {
        try await commits.write(weight: asked.calls.count) { db in
            try Self.once(caller, db)
            let numbers = asked.calls.map(\.contact.phone)
            let batch = asked.refusing(try Self.suppressions(of: numbers, in: asked.organization, db))
            let calls = batch.calls
            guard !calls.isEmpty else { return batch }
            try db.run(StoredBatch.insert, values: StoredBatch.insertValues(batch, for: caller))
            try Self.insert(calls, db)
            try Self.audit(.created(batch), for: caller, at: batch.createdAt, db)
            try Self.keep(.batch(batch), for: caller, db)
            return batch
        }
    }

    package func batch(_ id: BatchID, at now: Moment) async throws(StoreFailure) -> BatchRecord? {
        try await read { db in
            guard let row = try db.row(StoredBatch.byID, [id.rawValue]) else { return nil }
            let organization = StoredBatch.organization(row)
            let agent = AgentID(rawValue: StoredBatch.agent(row))
            let statuses = try db.rows(
                """
                SELECT \(StoredBatch.standing(anyHeld: "max(held OR stopped)")) FROM calls INDEXED BY calls_by_batch \
                WHERE organization = ? AND batch = ? GROUP BY status
                """, [organization, id.rawValue])
            let dials = try db.row(
                """
                SELECT \(StoredBatch.dials(after: "?3")) FROM calls c INDEXED BY calls_by_batch \
                CROSS JOIN attempts a ON a.call = c.key WHERE c.organization = ?1 AND c.batch = ?2
                """, [organization, id.rawValue, now - BatchBacklog.recently])
            let stop = try db.integer(
                """
                SELECT 1 FROM stops INDEXED BY stops_in_force WHERE organization = ? AND released IS NULL \
                AND coalesce(value, '') IN ('', ?, ?) LIMIT 1
                """, [organization, agent.rawValue, id.rawValue])
            return try StoredBatch.record(
                row, statuses: statuses, dials: dials, agent: try StoredAgent.standing(agent, db),
                isStopped: stop != nil)
        }
    }

    package func guards(
        of id: BatchID
    ) async throws(StoreFailure) -> (organization: OrganizationID, guards: BatchGuards)? {
        try await glance { try Self.guards(of: id, $0) }
    }

    static func guards(
        of id: BatchID, _ db: Database
    ) throws -> (organization: OrganizationID, guards: BatchGuards)? {
        try db.row("SELECT \(StoredBatch.guardColumns) FROM batches WHERE id = ?", [id.rawValue])
            .map { try StoredBatch.guards($0) }
    }

    package func batches(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (batches: [BatchSummary], total: Int) {
        try await read { db in
            let batches = try db.rows(
                """
                SELECT \(StoredBatch.columns) FROM batches b INDEXED BY batches_newest \
                CROSS JOIN agents g ON g.id = b.agent WHERE b.organization = ? \
                ORDER BY b.created DESC, b.id DESC LIMIT ? OFFSET ?
                """, [organization.rawValue, limit, offset]
            ).map { try Self.summary($0, db) }
            let total = try db.integer(
                "SELECT count(*) FROM batches WHERE organization = ?", [organization.rawValue])
            return (batches, Int(total ?? 0))
        }
    }

    private static func summary(_ row: Row, _ db: Database) throws -> BatchSummary {
        try StoredBatch.summary(
            row,
            statuses: db.rows(
                """
                SELECT status, count(*) FROM calls INDEXED BY calls_by_batch WHERE organization = ? AND batch = ? \
                GROUP BY status
                """, [StoredBatch.organization(row), StoredBatch.id(row)]))
    }
}

extension StoredBatch {
    fileprivate static let insert = insertColumns.insert(into: "batches")
    fileprivate static let byID = "SELECT \(columns) FROM batches b JOIN agents g ON g.id = b.agent WHERE b.id = ?"
}
