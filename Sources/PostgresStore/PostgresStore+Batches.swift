package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: BatchStore {
    @discardableResult
    package func insert(
        _ asked: CallControl.Batch, for caller: Caller
    ) async throws(StoreFailure) -> CallControl.Batch {
        // A transaction of its own, and not on the lanes of cancels: it takes as long as many of them.
        try await write(.many) { db in
            try await db.once(caller)
            // No number is suppressed from here on until the end.
            db.hold(asked.organization)
            let numbers = asked.calls.map(\.contact.phone)
            let batch = asked.refusing(try await db.suppressions(of: numbers, in: asked.organization))
            guard !batch.calls.isEmpty else { return batch }
            try await Self.insert(batch.calls, db)
            db.write(Self.insertBatch, StoredBatch.insertValues(batch, for: caller))
            db.audit(try .created(batch), for: caller, at: batch.createdAt)
            db.keep(.batch(batch), for: caller)
            return batch
        }
    }

    private static let insertBatch = Statement.insert(into: "batches", StoredBatch.insertColumns)

    package func batch(_ id: BatchID, at now: Moment) async throws(StoreFailure) -> BatchRecord? {
        try await read { db in
            let row = try await db.row(
                "SELECT \(StoredBatch.columns) FROM batches b JOIN agents g ON g.id = b.agent WHERE b.id = $1",
                [id.rawValue])
            guard let row else { return nil }
            let agent = StoredBatch.agent(row)
            let organization = StoredBatch.organization(row)
            let seen = try await db.all([
                Statement(
                    """
                    SELECT \(StoredBatch.standing(anyHeld: "bool_or(held OR stopped)")) FROM calls \
                    WHERE organization = $1 AND batch = $2 GROUP BY status
                    """, [organization, id.rawValue]),
                Statement(
                    """
                    SELECT \(StoredBatch.dials(after: "$3")) FROM calls c JOIN attempts a ON a.call = c.key \
                    WHERE c.organization = $1 AND c.batch = $2
                    """, [organization, id.rawValue, now - BatchBacklog.recently]),
                Transaction.standing(of: AgentID(rawValue: agent)),
                Transaction.latches(
                    of: OrganizationID(rawValue: organization), covering: [agent, id.rawValue, nil as String?],
                    limit: 1),
            ])
            return try StoredBatch.record(
                row, statuses: seen[0], dials: seen[1].first,
                agent: try seen[2].first.map { try StoredAgent.standing($0) }, isStopped: !seen[3].isEmpty)
        }
    }

    package func guards(
        of id: BatchID
    ) async throws(StoreFailure) -> (organization: OrganizationID, guards: BatchGuards)? {
        try await glance { db in
            try await db.row("SELECT \(StoredBatch.guardColumns) FROM batches WHERE id = $1", [id.rawValue])
                .map { try StoredBatch.guards($0) }
        }
    }

    package func batches(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (batches: [BatchSummary], total: Int) {
        try await read { db in
            let seen = try await db.all([
                Statement(
                    """
                    SELECT \(StoredBatch.columns) FROM batches b JOIN agents g ON g.id = b.agent \
                    WHERE b.organization = $1 ORDER BY b.created DESC, b.id DESC LIMIT $2 OFFSET $3
                    """, [organization.rawValue, limit, offset]),
                Statement("SELECT count(*) FROM batches WHERE organization = $1", [organization.rawValue]),
            ])
            let counted = try await db.rows(
                """
                SELECT status, count(*), batch FROM calls WHERE organization = $1 AND batch = ANY ($2::text[]) \
                GROUP BY batch, status
                """, [organization.rawValue, List.of(seen[0].map { StoredBatch.id($0) })])
            let statuses = Dictionary(grouping: counted) { $0.text(2) }
            let batches = try seen[0].map { row in
                try StoredBatch.summary(row, statuses: statuses[StoredBatch.id(row)] ?? [])
            }
            return (batches, Int(seen[1].first?.number(0) ?? 0))
        }
    }
}
