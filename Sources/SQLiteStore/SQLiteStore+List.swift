package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage {
        try await read { db in
            let filter = CallFilter(query)
            let counted = try db.integer(
                """
                SELECT count(*) FROM (SELECT 1 FROM calls c INDEXED BY \(query.index) WHERE \(filter.condition) \
                LIMIT \(CallPage.exactTotals + 1))
                """, StatementArguments(filter.values))
            var condition = filter.condition
            var values = StatementArguments(filter.values)
            if let after = query.after {
                condition += " AND (\(filter.sortColumn), c.key) \(query.order == .descending ? "<" : ">") (?, ?)"
                values += [after.value, after.key]
            }
            let direction = query.order == .descending ? "DESC" : "ASC"
            let rows = try db.rows(
                """
                SELECT \(StoredSummary.columns), \(filter.sortColumn) \
                FROM calls c INDEXED BY \(query.index) CROSS JOIN agents g ON g.id = c.agent WHERE \(condition) \
                ORDER BY \(filter.sortColumn) \(direction), c.key \(direction) LIMIT ? OFFSET ?
                """, values + [query.limit + 1, query.after == nil ? query.offset : 0])
            return try StoredSummary.page(rows, of: query, counted: Int(counted ?? 0))
        }
    }
}
