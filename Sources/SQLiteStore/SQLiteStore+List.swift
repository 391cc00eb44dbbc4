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
            let order = "ORDER BY \(filter.sortColumn) \(direction), c.key \(direction)"
            let page =
                query.skipsRows
                // The index alone tells which calls are passed over: neither they nor their agents are read.
                ? """
                FROM (SELECT c.key AS place FROM calls c INDEXED BY \(query.index) WHERE \(condition) \
                \(order) LIMIT ? OFFSET ?) CROSS JOIN calls c ON c.key = place CROSS JOIN agents g ON g.id = c.agent \
                \(order)
                """
                : """
                FROM calls c INDEXED BY \(query.index) CROSS JOIN agents g ON g.id = c.agent WHERE \(condition) \
                \(order) LIMIT ? OFFSET ?
                """
            let rows = try db.rows(
                "SELECT \(StoredSummary.columns), \(filter.sortColumn) \(page)",
                values + [query.limit + 1, query.skipsRows ? query.offset : 0])
            let found = Int(counted ?? 0)
            return try StoredSummary.page(
                rows, of: query, counted: found, guess: found > CallPage.exactTotals ? Spread.guess(query, db) : 0)
        }
    }
}
