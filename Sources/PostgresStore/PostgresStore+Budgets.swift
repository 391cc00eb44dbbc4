package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func spending(
        of batch: BatchID, in organization: OrganizationID, from start: Moment
    ) async throws(StoreFailure) -> Budget.Spending {
        try await lookUp { db in
            let ask = Transaction.spending(of: batch, in: organization, from: start)
            return StoredBudget.spending(try await db.row(ask.sql, ask.values))
        }
    }
}

extension Transaction {
    /// What the budgets of these batches say now, where they have one; two journeys at the most.
    ///
    /// Whoever is about to begin calls by it must be the only one who does, see `AdvisoryLock.admission`. That dials leave meanwhile makes
    /// no difference: an attempt counts before it is sent, and after.
    func allowances(of batches: Set<BatchID>, at now: Moment) async throws -> [BatchID: Allowance] {
        guard !batches.isEmpty else { return [:] }
        let ids = batches.map(\.rawValue).sorted()
        let guarded = try await rows(
            "SELECT \(StoredBatch.guardColumns) FROM batches WHERE id = ANY ($1::text[]) AND budget IS NOT NULL",
            [List.of(ids)])
        var budgets: [(batch: BatchID, budget: Budget)] = []
        var asked: [Statement] = []
        for row in guarded {
            let (organization, guards) = try StoredBatch.guards(row)
            guard let budget = guards.budget else { continue }
            let batch = BatchID(rawValue: StoredBatch.id(row))
            budgets.append((batch, budget))
            let day = CivilDay(of: now, in: budget.zone)
            asked.append(Self.spending(of: batch, in: organization, from: day.start))
            asked.append(Self.lastPause(of: .batch(batch), for: .budget, in: organization))
        }
        var seen = try await all(asked)[...]
        var allowances: [BatchID: Allowance] = [:]
        for (batch, budget) in budgets {
            let spending = StoredBudget.spending(seen.removeFirst().first)
            let pause = try seen.removeFirst().first.map { try StoredStop.stop($0) }
            allowances[batch] = StoredBudget.allowance(budget, spending, pause: pause, at: now)
        }
        return allowances
    }

    // As many seeks as the batch has calls.
    static func spending(of batch: BatchID, in organization: OrganizationID, from start: Moment) -> Statement {
        Statement(countSpent, [start, organization.rawValue, batch.rawValue])
    }

    private static let countSpent = """
        SELECT \(StoredBudget.spent(since: "$1::bigint")) FROM calls c JOIN attempts a ON a.call = c.key \
        WHERE c.organization = $2 AND c.batch = $3
        """

    static func lastPause(of guarded: Guarded, for cause: Stop.Cause, in organization: OrganizationID) -> Statement {
        Statement(
            selectLastPause, [organization.rawValue, StoredStop.columns(of: guarded.scope).value, cause.rawValue])
    }

    private static let selectLastPause = """
        SELECT \(StoredStop.columns) FROM stops WHERE organization = $1 AND value = $2 AND cause = $3 \
        ORDER BY at DESC LIMIT 1
        """
}
