import CallControl
import CallCore
import Testing

@Suite struct TotalContract {
    private static let many = CallPage.exactTotals

    /// So many calls, a second apart; the first ones are made by the store, the others are their copies.
    private func fill(_ shelf: Shelf, _ count: Int) async throws {
        try await shelf.addAgent()
        try await shelf.addCall("call_0")
        let columns = "agent, phase, held, stopped, priority, due, phone, contact_name, updated, attempts, events"
        // Every fifth has failed, and the last hundred were busy, of another number.
        try shelf.meddle(
            """
            INSERT INTO calls (id, organization, status, caller_id, ended, created, listed_at, \(columns)) \
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count - 1)) \
            SELECT 'call_' || i, organization, \
            CASE WHEN i >= \(count - 100) THEN 'busy' WHEN i % 5 = 0 THEN 'failed' ELSE 'completed' END, \
            CASE WHEN i >= \(count - 100) THEN '+15005550199' END, \
            created, created + 1000 * i, listed_at + 1000 * i, \(columns.replacing("phase", with: "5")) \
            FROM calls, n WHERE key = (SELECT min(key) FROM calls)
            """)
        try shelf.meddle("ANALYZE")
    }

    private func page(
        _ shelf: Shelf, _ change: (inout CallQuery) -> Void = { _ in }
    ) async throws -> CallPage {
        var query = CallQuery(organization: Shelf.acme)
        query.limit = 10
        change(&query)
        return try await shelf.store.calls(query, at: shelf.now)
    }

    @Test(arguments: StoreUnderTest.reachable)
    func tenThousandAreCountedAndOneMoreIsAnEstimate(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await fill(shelf, Self.many)
        let exact = try await page(shelf)
        #expect(exact.total == Self.many)
        #expect(!exact.totalIsEstimate)
        try await shelf.addCall("call_more", created: shelf.now + .seconds(Self.many))
        let more = try await page(shelf)
        #expect(more.totalIsEstimate)
        #expect(more.total > Self.many && more.total < Self.many * 11 / 10)
    }

    @Test(arguments: StoreUnderTest.reachable)
    func anEstimateIsNearTheTruth(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let count = 80_000
        try await fill(shelf, count)
        func near(_ truth: Int, _ change: (inout CallQuery) -> Void) async throws {
            let page = try await page(shelf, change)
            #expect(page.totalIsEstimate)
            #expect(page.total > truth * 3 / 4 && page.total < truth * 5 / 4, "\(page.total) for \(truth)")
        }
        try await near(count) { _ in }
        try await near(count) { $0.agent = Shelf.agentID }
        try await near(count * 4 / 5) { $0.statuses = [.completed] }
        try await near(count / 5) { $0.statuses = [.failed] }
        try await near(count) { $0.statuses = [.failed, .completed, .busy] }
        try await near(count / 5) {
            $0.statuses = [.failed]
            $0.agent = Shelf.agentID
            $0.sort = .scheduledAt
        }
        try await near(count / 2) { $0.from = shelf.now + .seconds(count / 2) }
        try await near(count * 4 / 10) {
            $0.from = shelf.now + .seconds(count / 2)
            $0.statuses = [.completed]
        }
        try await near(count) { $0.phone = PhoneNumber("+15005550001") }
        let few = try await page(shelf) { $0.statuses = [.busy] }
        #expect(few.total == 100 && !few.totalIsEstimate)
        let fewer = try await page(shelf) { $0.phone = PhoneNumber("+15005550199") }
        #expect(fewer.total == 100 && !fewer.totalIsEstimate)
    }

    @Test(arguments: StoreUnderTest.reachable)
    func anEstimateIsNeverBelowWhatWasSeen(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await fill(shelf, Self.many + 500)
        // The server's statistics, where there are any, are of a time before.
        try shelf.meddle("DELETE FROM \(kind == .postgres ? "pg_statistic" : "attempts")")
        for offset in [0, Self.many, Self.many + 489, Self.many + 499] {
            let page = try await page(shelf) { query in
                query.offset = offset
                query.prefix = "zo"
            }
            #expect(page.total >= offset + page.calls.count + (page.next == nil ? 0 : 1))
            #expect(page.total > Self.many)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anOffsetPassesOverExactlySoMany(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<60 {
            try await shelf.addCall(
                "call_\(number)", due: shelf.now + .seconds(60 - number / 7),
                created: shelf.now + .milliseconds(Int64(number / 7)))
        }
        for sort in CallQuery.Sort.allCases {
            for order in CallQuery.Order.allCases {
                var query = CallQuery(organization: Shelf.acme)
                (query.sort, query.order, query.limit) = (sort, order, 100)
                let all = try await shelf.store.calls(query, at: shelf.now).calls
                #expect(all.count == 60)
                query.limit = 7
                for offset in [1, 6, 7, 52, 53, 59, 60, 1_000_000, .max - 100, .max] {
                    query.offset = offset
                    let page = try await shelf.store.calls(query, at: shelf.now)
                    #expect(page.calls == Array(all.dropFirst(offset).prefix(7)), "\(sort) \(order) \(offset)")
                    #expect(page.total == 60)
                    #expect((page.next != nil) == (offset < 53))
                }
                // From there a cursor leads on.
                query.offset = 20
                query.after = try await shelf.store.calls(query, at: shelf.now).next
                #expect(try await shelf.store.calls(query, at: shelf.now).calls == Array(all[27..<34]))
            }
        }
    }
}
