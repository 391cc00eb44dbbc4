package import CallControl
package import CallCore
import StoredRows

extension CallFilter.Dialect {
    static let postgres = CallFilter.Dialect(like: "ILIKE") { "$\($0)" }
}

extension PostgresStore {
    package func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage {
        try await read { db in
            let filter = CallFilter(CallSelection(query), .postgres)
            var condition = filter.condition
            var values = filter.values
            if let after = query.after {
                let places = "($\(values.count + 1), $\(values.count + 2))"
                condition += " AND (\(filter.sortColumn), c.key) \(query.order == .descending ? "<" : ">") \(places)"
                values += [after.value, after.key]
            }
            let direction = query.order == .descending ? "DESC" : "ASC"
            // The page first, by the index, and only then its calls and their agents.
            let seen = try await db.all([
                Statement(
                    """
                    SELECT count(*) FROM (SELECT 1 FROM calls c WHERE \(filter.condition) \
                    LIMIT \(CallPage.exactTotals + 1)) n
                    """, filter.values),
                Statement(
                    """
                    SELECT \(StoredSummary.columns), \(filter.sortColumn) FROM (SELECT * FROM calls c WHERE \(condition) \
                    ORDER BY \(filter.sortColumn) \(direction), c.key \(direction) \
                    LIMIT $\(values.count + 1) OFFSET $\(values.count + 2)) c JOIN agents g ON g.id = c.agent \
                    ORDER BY \(filter.sortColumn) \(direction), c.key \(direction)
                    """, values + [query.limit + 1, query.after == nil ? query.offset : 0]),
            ])
            return try StoredSummary.page(
                Array(seen[1]), of: query, counted: Int(seen[0].first?.number(0) ?? 0))
        }
    }
}
