import CallControl
import CallCore
import NIOConcurrencyHelpers
import PostgresStore
import TestSupport
import Testing

/// A node that was stopped amid a transaction has its locks until the server ends it: what must not wait for that does not.
@Suite struct FrozenNeighbourTests {
    /// Long enough for a test to fail by its time limit where something waits.
    private static let patience = Patience(lock: .seconds(300), change: .seconds(300), idleWithLocks: .seconds(300))

    @Test(.timeLimit(.minutes(1))) func aRenewalGoesRoundWhatIsLocked() async throws {
        let desk = try await Desk.new(patience: Self.patience)
        for number in 0..<3 { try await desk.add("call_\(number)") }
        let leases = try await desk.admit().compactMap(\.dial)
        #expect(try await desk.cancel(leases[2].call.id) == .moved)
        let frozen = try desk.session()
        try frozen.run("BEGIN; SELECT 1 FROM dials WHERE room = '\(leases[0].room)' FOR UPDATE")
        let later = Desk.now + .seconds(20)
        let termination = TerminationLease(
            room: leases[2].room, call: leases[2].call.id, dial: .planned, requestedAt: Desk.now, tries: 0, fence: 1,
            armed: 1)
        try await desk.store.renew(dials: Array(leases[..<2]), terminations: [termination], until: later)
        let look = try desk.session()
        let ready = try look.run("SELECT room, ready FROM dials ORDER BY room")
        let first = (Desk.now + .seconds(8)).milliseconds
        let wanted = leases.enumerated().map { [$1.room.rawValue, "\($0 == 1 ? later.milliseconds : first)"] }
        #expect(ready == wanted.sorted { ($0[0]) < ($1[0]) })
        #expect(try look.text("SELECT ready FROM terminations") == "\(later.milliseconds)")
        // Nor does a lease get shorter by a renewal that was under way for long.
        try await desk.store.renew(dials: [leases[1]], terminations: [], until: Desk.now)
        #expect(try look.number("SELECT count(*) FROM dials WHERE ready = \(later.milliseconds)") == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aDutyThatIsBeingTakenIsAnothers() async throws {
        let desk = try await Desk.new(patience: Self.patience)
        func take(_ node: String, _ after: Duration) async throws -> Bool {
            try await desk.store.take(
                .comparison, by: node, at: Desk.now + after, until: Desk.now + after + .seconds(6))
        }
        #expect(try await take("a", .zero))
        let frozen = try desk.session()
        try frozen.run("BEGIN; UPDATE duties SET node = 'b'")
        #expect(try await take("a", .seconds(2)) == false)
        try frozen.run("ROLLBACK")
        #expect(try await take("a", .seconds(4)))
    }

    @Test(.timeLimit(.minutes(1))) func whoFindsAnotherAdmittingIsToldNone() async throws {
        let desk = try await Desk.new(patience: Self.patience)
        try await desk.add("call_0")
        let frozen = try desk.session()
        try frozen.run("BEGIN; SELECT pg_advisory_xact_lock(7350001, 2)")
        #expect(try await desk.admit().isEmpty)
        try frozen.run("ROLLBACK")
        #expect(try await desk.admit().count == 1)
    }

    /// A batch that has locked a live call and then waits for the owner of an organization, who wants that call: a circle.
    @Test(.timeLimit(.minutes(1))) func aBatchHoldsBeforeItLocks() async throws {
        let desk = try await Desk.new(patience: Self.patience)
        let calls = [try await desk.add("a_0"), try await desk.add("a_2")]
        let lease = try #require(try await desk.admit(1).first?.dial)
        try await desk.sendDial(lease)
        let waiting = try #require(calls.first { $0 != lease.call.id })
        // Those that keep the lanes busy are another organization's, and so not the owner's affair.
        let (other, agent) = (OrganizationID(rawValue: "other"), AgentID(rawValue: "agent_other"))
        try await desk.addAgent(agent, of: other)
        for id in ["busy_0", "busy_1"] {
            let call = try Desk.call(id, agent: agent, organization: other)
            _ = try await desk.store.insert(call, for: .commandLine(for: other))
        }
        let owner = try desk.session()
        try owner.run("SET lock_timeout = '5s'; BEGIN; SELECT pg_advisory_xact_lock(7350002, hashtext('acme'))")
        let runs = NIOLockedValueBox(0)
        async let both = desk.together(
            [lease.call.id, waiting].map { call in
                { try await desk.cancel(call) { runs.withLockedValue { $0 += 1 } } }
            })
        try await desk.session().wait(
            until: """
                (SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
                """)
        try await owner.runAside("SELECT 1 FROM calls WHERE id = '\(lease.call.id)' FOR UPDATE")
        try owner.run("COMMIT")
        for verdict in try await both { #expect(try verdict.get() == .moved) }
        // Nobody's transaction had to be ended by the server for it, which takes a second.
        #expect(runs.withLockedValue(\.self) == 2)
    }

    @Test func anAuditLogThatIsKeptFailsAllThatWriteItAtOnce() async throws {
        let desk = try await Desk.new(patience: Patience(lock: .milliseconds(300), idleWithLocks: .seconds(60)))
        let calls = try await desk.addNeighbours(6)
        let frozen = try desk.session()
        try frozen.run("BEGIN; SELECT 1 FROM audit_ends WHERE organization = 'acme' FOR UPDATE")
        let runs = NIOLockedValueBox(0)
        let ends = try await desk.together(
            calls.map { call in
                { try await desk.cancel(call, for: .commandLine(for: Desk.acme)) { runs.withLockedValue { $0 += 1 } } }
            })
        #expect(ends.allSatisfy { $0.failed { _ in true } })
        // Each once: nobody waits again, alone, for what all have waited for.
        #expect(runs.withLockedValue(\.self) == calls.count)
        try frozen.run("ROLLBACK")
        #expect(try await desk.cancel(calls[0], for: .commandLine(for: Desk.acme)) == .moved)
    }

    /// A drain that finds a call live, which another node sends back to waiting before it can be locked.
    @Test func aDrainCountsACallOnceThatIsWithdrawnUnderIt() async throws {
        let desk = try await Desk.new()
        let id = try await desk.add("call_0")
        _ = try await desk.admit()
        let stop = Stop(
            id: StopID(rawValue: "stop_1"), organization: Desk.acme, scope: .all, live: .hangup, queue: .hold,
            reason: nil, key: KeyID(rawValue: "k"), at: Desk.now)
        let drain = CallControl.Operation(
            id: OperationID(rawValue: "op_1"), organization: Desk.acme, kind: .stop, target: .scope(.all),
            live: .hangup, queue: .hold, reason: nil, requestedAt: Desk.now)
        _ = try await desk.store.insert(stop, draining: drain, for: .commandLine(for: Desk.acme))
        let other = try desk.session()
        try other.run("BEGIN; UPDATE calls SET phase = 0, status = 'initiated' WHERE id = '\(id)'")
        async let first = desk.store.advance(drain.id, at: Desk.now)
        try await desk.session().wait(
            until: """
                (SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name = 'one' AND wait_event_type = 'Lock')
                """)
        try other.run("COMMIT")
        var isDone = try await first
        while !isDone { isDone = try await desk.store.advance(drain.id, at: Desk.now) }
        let counts = try #require(try await desk.store.operation(drain.id)?.counts)
        #expect(counts.matched == 1 && counts.held == 1)
    }
}
