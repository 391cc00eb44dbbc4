import CallControl
import CallCore
import PostgresStore
import TestSupport
import Testing

@Suite struct PurgeTests {
    private static let later = Desk.now + .seconds(86_400)

    /// Calls that are over, cancelled before anything was dialled.
    private func over(_ desk: Desk, _ ids: [String]) async throws -> [FinishedCall] {
        for id in ids { try await desk.cancel(try await desk.add(id)) }
        return try await desk.store.purgeable(overBefore: Self.later, after: 0, limit: 100).calls
    }

    @Test func whatSomebodyHasInHandIsNotWaitedFor() async throws {
        let desk = try await Desk.new()
        let calls = try await over(desk, ["call_a", "call_b", "call_c"])
        try #require(calls.count == 3)
        let other = try desk.session()
        try other.run(
            "INSERT INTO terminations VALUES ('t-call_c-1', \(calls[2].place), 'verified', 0, 0, 1, NULL, 0, 1, 1)")
        try other.run(
            """
            BEGIN; SELECT 1 FROM calls WHERE id = 'call_a' FOR NO KEY UPDATE;
            UPDATE terminations SET armed = 2 WHERE room = 't-call_c-1'
            """)
        #expect(try await desk.store.purge(calls, overBefore: Self.later) == 1)
        #expect(try await desk.status(CallID(rawValue: "call_b")) == nil)
        try other.run("COMMIT")
        #expect(try await desk.store.purge(calls, overBefore: Self.later) == 2)
        #expect(try desk.session().number("SELECT count(*) FROM calls") == 0)
        #expect(try desk.session().number("SELECT count(*) FROM terminations") == 0)
    }

    @Test func twoNodesThatPurgeTheSameDeleteItOnce() async throws {
        let desk = try await Desk.new()
        let calls = try await over(desk, (0..<60).map { "call_\($0)" })
        let two = Desk(desk.url, name: "two")
        async let here = desk.store.purge(calls, overBefore: Self.later)
        async let there = two.store.purge(calls.reversed(), overBefore: Self.later)
        let sum = try await here + there
        #expect(sum <= 60)
        _ = try await desk.store.purge(calls, overBefore: Self.later)
        #expect(try desk.session().number("SELECT count(*) FROM calls") == 0)
        #expect(try desk.session().number("SELECT count(*) FROM events") == 0)
        #expect(
            try desk.session().number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0)
    }

    /// A purge of many calls, each with a look through all terminations for some of its own, would take minutes.
    @Test func theKeysThatReferToCallsAreIndexed() async throws {
        let desk = try await Desk.new()
        let session = try desk.session()
        try session.run("SET enable_seqscan = off")
        let plan = try session.run("EXPLAIN SELECT 1 FROM terminations WHERE call = 1 FOR KEY SHARE")
        #expect(plan.description.contains("terminations_of_call"))
    }
}
