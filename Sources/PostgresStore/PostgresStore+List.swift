package import CallControl
package import CallCore
import StoredRows

extension CallFilter.Dialect {
    // By the collation C, A to Z are folded and no other letters: as SQLite does it, whatever the language of the database.
    static let postgres = CallFilter.Dialect(
        like: "COLLATE \"C\" ILIKE", elements: "SELECT jsonb_array_elements_text(?::jsonb)"
    ) { "$\($0)" }
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
            let order = "ORDER BY \(filter.sortColumn) \(direction), c.key \(direction)"
            let places = "LIMIT $\(values.count + 1) OFFSET $\(values.count + 2)"
            // The page first, by the index, and only then its calls and their agents; what is passed over is not read at all.
            let page =
                query.skipsRows
                ? """
                (SELECT c.key FROM calls c WHERE \(condition) \(order) \(places)) p JOIN calls c ON c.key = p.key
                """
                : "(SELECT * FROM calls c WHERE \(condition) \(order) \(places)) c"
            let seen = try await db.all([
                Statement(
                    """
                    SELECT count(*) FROM (SELECT 1 FROM calls c WHERE \(filter.condition) \
                    LIMIT \(CallPage.exactTotals + 1)) n
                    """, filter.values),
                Statement(
                    """
                    SELECT \(StoredSummary.columns), \(filter.sortColumn) FROM \(page) JOIN agents g ON g.id = c.agent \
                    \(order)
                    """, values + [query.limit + 1, query.skipsRows ? query.offset : 0]),
            ])
            let counted = Int(seen[0].first?.number(0) ?? 0)
            return try StoredSummary.page(
                Array(seen[1]), of: query, counted: counted,
                guess: counted > CallPage.exactTotals ? await Self.guess(filter, db) : 0)
        }
    }

    /// About how many calls a filter finds, as the planner believes by its statistics.
    private static func guess(_ filter: CallFilter, _ db: Transaction) async throws -> Int {
        let plan = try await db.row("EXPLAIN SELECT 1 FROM calls c WHERE \(filter.condition)", filter.values)
        // The first line tells of the whole: "… (cost=0.43..8.45 rows=12345 width=4)".
        return plan?.text(0).firstMatch(of: /rows=(\d+)/).flatMap { Int($0.1) } ?? 0
    }
}
