package import CallControl
package import CallCore
import GRDB

extension SQLiteStore {
    package func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage {
        try await read { db in
            let filter = CallFilter(query)
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
