package import CallControl
package import CallCore
import GRDB

extension SQLiteStore {
    package func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage {
        try await read { db in
            let filter = Filter(query)
            let counted = try db.integer(
                """
                SELECT count(*) FROM (SELECT 1 FROM calls c INDEXED BY \(filter.index) WHERE \(filter.condition) \
                LIMIT \(CallPage.exactTotals + 1))
                """, StatementArguments(filter.values))
            let total = Int(counted ?? 0)
            var condition = filter.condition
            var values = filter.values
            if let after = query.after {
                condition += " AND (\(filter.sortColumn), c.key) \(query.order == .descending ? "<" : ">") (?, ?)"
                values += [after.value, after.key]
            }
            let direction = query.order == .descending ? "DESC" : "ASC"
            let rows = try db.rows(
                """
                SELECT c.key, \(filter.sortColumn), c.id, c.status, c.scheduled, c.answered, c.ended, c.outcome, c.agent, \
                g.name, c.phone, c.contact_name, c.contact_email, c.priority, c.created, c.carrier_call, c.batch \
                FROM calls c INDEXED BY \(filter.index) CROSS JOIN agents g ON g.id = c.agent WHERE \(condition) \
                ORDER BY \(filter.sortColumn) \(direction), c.key \(direction) LIMIT ? OFFSET ?
                """, StatementArguments(values + [query.limit + 1, query.after == nil ? query.offset : 0]))
            let page = rows.prefix(query.limit)
            let next: CallQuery.Position? =
                rows.count > query.limit
                ? page.last.map { CallQuery.Position(value: $0.number(1), key: $0.number(0)) } : nil
            return CallPage(
                calls: try page.map(Self.summary), total: min(total, CallPage.exactTotals),
                totalIsEstimate: total > CallPage.exactTotals, next: next)
        }
    }

    private static func summary(_ row: Row) throws -> CallSummary {
        guard let status = CallStatus(rawValue: row.text(3)), let phone = PhoneNumber(row.text(10)) else {
            throw Corrupt("call \(row.text(2)) in a list")
        }
        return CallSummary(
            id: CallID(rawValue: row.text(2)), status: status, scheduledAt: row.moment(4), answeredAt: row.moment(5),
            endedAt: row.moment(6), outcome: row[7],
            agent: AgentName(id: AgentID(rawValue: row.text(8)), name: row.text(9)),
            contact: Contact(phone: phone, name: row[11], email: row[12]), priority: Int(row.number(13)),
            createdAt: row.instant(14), carrierCall: row[15],
            batch: (row[16] as String?).map(BatchID.init(rawValue:)))
    }
}

/// The WHERE of a list, and the index that serves it: said outright, because without statistics SQLite guesses, and a wrong guess
/// over a million calls is a second.
private struct Filter {
    var condition = "c.organization = ?"
    var values: [(any DatabaseValueConvertible)?]
    let index: String
    let sortColumn: String

    init(_ query: CallQuery) {
        values = [query.organization.rawValue]
        sortColumn = query.sort == .createdAt ? "c.created" : "c.listed_at"
        if let agent = query.agent {
            condition += " AND c.agent = ?"
            values.append(agent.rawValue)
        }
        if let batch = query.batch {
            condition += " AND c.batch = ?"
            values.append(batch.rawValue)
        }
        if !query.statuses.isEmpty {
            let statuses = query.statuses.map(\.rawValue).sorted()
            condition += " AND c.status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))"
            values += statuses
        }
        if let phone = query.phone {
            condition += " AND (c.phone = ? OR c.caller_id = ?)"
            values += [phone.e164, phone.e164]
        }
        if let from = query.from {
            condition += " AND c.created >= ?"
            values.append(from.milliseconds)
        }
        if let to = query.to {
            condition += " AND c.created <= ?"
            values.append(to.milliseconds)
        }
        if let prefix = query.prefix {
            let pattern = prefix.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined() + "%"
            condition += " AND (c.contact_name LIKE ? ESCAPE '\\' OR c.contact_email LIKE ? ESCAPE '\\')"
            values += [pattern, pattern]
        }
        index =
            switch (query.sort, query.agent != nil, query.statuses.isEmpty) {
            case _ where query.batch != nil: "calls_by_batch"
            case (.scheduledAt, _, true): "calls_by_schedule"
            case (_, true, false): "calls_by_agent_status"
            case (_, true, true): "calls_by_agent"
            case (_, false, false): "calls_by_status"
            case (.createdAt, false, true): "calls_newest"
            }
    }
}
