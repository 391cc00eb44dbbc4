package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func spending(
        of batch: BatchID, in organization: OrganizationID, from start: Moment
    ) async throws(StoreFailure) -> Budget.Spending {
        try await read { try Self.spending(of: batch, in: organization, from: start, $0) }
    }

    /// What the budget of a batch says now; nil where it has none.
    static func allowance(
        of batch: BatchID, in organization: OrganizationID, at now: Moment, _ db: Database
    ) throws -> Allowance? {
        guard let budget = try guards(of: batch, db)?.guards.budget else { return nil }
        let day = CivilDay(of: now, in: budget.zone)
        return StoredBudget.allowance(
            budget, try spending(of: batch, in: organization, from: day.start, db),
            pause: try lastPause(of: .batch(batch), for: .budget, in: organization, db), at: now)
    }

    // As many seeks as the batch has calls.
    private static func spending(
        of batch: BatchID, in organization: OrganizationID, from start: Moment, _ db: Database
    ) throws -> Budget.Spending {
        StoredBudget.spending(
            try db.row(
                """
                SELECT \(StoredBudget.spent(since: "?1")) FROM calls c INDEXED BY calls_by_batch \
                CROSS JOIN attempts a ON a.call = c.key WHERE c.organization = ?2 AND c.batch = ?3
                """, [start, organization.rawValue, batch.rawValue]))
    }
}
