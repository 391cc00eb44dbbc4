import CallControl
import CallCore
import PostgresStore
import TestSupport
import Testing

@Suite struct StartLogLockTests {
    /// Whoever takes a place reads the log and writes it anew: two that read the same one before either has written would both have it.
    ///
    /// A session keeps everybody from writing until both nodes have asked, so that it does not hang on which of them is the quicker.
    @Test func twoNodesThatAskAtOnceDoNotReadTheSameLog() async throws {
        let one = try await Desk.new()
        let two = Desk(one.url, name: "two")
        let gate = RatedGate(gate: .trunk("ST_1"), rate: StartRate(perSecond: 1))
        // Both have their connections, and the log its row.
        for (node, ago) in [(one, Int64(9)), (two, 6)] {
            let at = Desk.now - .seconds(ago)
            #expect(try await node.store.takePlace([gate], at: at) == .at(at))
        }
        let barrier = try one.session()
        try barrier.run("BEGIN; LOCK TABLE start_logs IN SHARE MODE")
        async let first = one.store.takePlace([gate], at: Desk.now)
        async let second = two.store.takePlace([gate], at: Desk.now)
        try await one.session().wait(
            until: """
                (SELECT count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name IN ('one', 'two') AND wait_event_type = 'Lock')
                """)
        try barrier.run("COMMIT")
        let places = try await [first, second]
        #expect(places.count { $0 == .at(Desk.now) } == 1)
        // The other one is told when to come again.
        #expect(places.count { $0 == .none(until: Desk.now + .milliseconds(989)) } == 1)
    }
}
