package import CallControl
package import CallCore

/// A row of `batches`.
package enum StoredBatch {
    package static let insertColumns: Columns =
        "id, organization, agent, name, created, key, total, scheduled, breaker, budget"

    package static func insertValues(_ batch: Batch, for caller: Caller) -> StoredValues {
        [
            batch.id.rawValue, batch.organization.rawValue, batch.agent.rawValue, batch.name, batch.createdAt,
            caller.key.rawValue, batch.rows.count, batch.calls.count,
            batch.guards.breaker.map { StoredBreaker.text($0) },
            batch.guards.budget.map { StoredBudget.text($0) },
        ]
    }

    /// Of a batch `b` and its agent `g`.
    package static let columns = insertColumns.of("b") + "g.name"

    /// Of `batches`, without what is counted.
    package static let guardColumns: Columns = "id, organization, breaker, budget"

    package static func guards(
        _ row: some StoredRow
    ) throws -> (organization: OrganizationID, guards: BatchGuards) {
        (OrganizationID(rawValue: organization(row)), try guards(row, from: 2))
    }

    private static func guards(_ row: some StoredRow, from column: Int) throws -> BatchGuards {
        BatchGuards(
            breaker: try row.optionalText(column).map { try StoredBreaker.breaker($0) },
            budget: try row.optionalText(column + 1).map { try StoredBudget.budget($0) })
    }

    package static func id(_ row: some StoredRow) -> String { row.text(0) }
    package static func organization(_ row: some StoredRow) -> String { row.text(1) }
    package static func agent(_ row: some StoredRow) -> String { row.text(2) }

    /// `statuses`: rows of a status and how many calls have it.
    package static func summary(_ row: some StoredRow, statuses: some Sequence<some StoredRow>) throws -> BatchSummary {
        var counts: [CallStatus: Int] = [:]
        for counted in statuses {
            guard let status = CallStatus(rawValue: counted.text(0)) else { throw Corrupt("batch \(id(row))") }
            counts[status] = Int(counted.number(1))
        }
        return BatchSummary(
            id: BatchID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)),
            agent: AgentName(id: AgentID(rawValue: row.text(2)), name: row.text(10)), name: row.optionalText(3),
            createdAt: row.instant(4), createdBy: KeyID(rawValue: row.text(5)), guards: try guards(row, from: 8),
            total: Int(row.number(6)), scheduled: Int(row.number(7)), statuses: counts)
    }

    /// Of one batch, and its calls of each status: what `summary` and `record` read.
    ///
    /// `anyHeld`: what says, in the store's words, that one of them is held or stopped.
    package static func standing(anyHeld: String) -> Columns {
        Columns([
            "status", "count(*)", "min(due)", "max(due)", anyHeld, "min(coalesce(windows, ''))",
            "max(coalesce(windows, ''))",
        ])
    }

    /// Of attempts `a`: when the first and the last were sent, how many after the moment in `place`, and when the first of these.
    package static func dials(after place: String) -> Columns {
        Columns([
            "min(a.sent)", "max(a.sent)", "count(*) FILTER (WHERE a.sent > \(place))",
            "min(a.sent) FILTER (WHERE a.sent > \(place))",
        ])
    }

    /// `statuses`: rows of `standing`; `dials`: one of `dials`; `isStopped`: a stop in force covers all of it.
    package static func record(
        _ row: some StoredRow, statuses: some Sequence<some StoredRow>, dials: (some StoredRow)?,
        agent: StoredAgent.Standing?, isStopped: Bool
    ) throws -> BatchRecord {
        let waiting = statuses.first { $0.text(0) == CallStatus.initiated.rawValue }
        let backlog = try waiting.map { waiting in
            BatchBacklog(
                waiting: Int(waiting.number(1)), firstDue: waiting.instant(2), lastDue: waiting.instant(3),
                isHeld: isStopped || agent?.isActive != true || waiting.flag(4),
                windows: try windows(waiting.text(5), waiting.text(6), under: agent?.window),
                recentDials: Int(dials?.number(2) ?? 0), recentSince: dials?.moment(3))
        }
        return BatchRecord(
            summary: try summary(row, statuses: statuses), firstDialAt: dials?.moment(0), lastDialAt: dials?.moment(1),
            backlog: backlog)
    }

    /// Nil: the first and the last in the order of their texts are not the same.
    private static func windows(
        _ first: String, _ last: String, under wider: WiderWindow?
    ) throws -> [CallWindow]? {
        guard first == last else { return nil }
        let own = first.isEmpty ? [] : try StoredWindow.windows(first)
        return own.under(wider)
    }
}
