import CallControl
import CallCore
import Glibc
import NIOConcurrencyHelpers
import PostgresStore
import TestSupport
import Testing

/// What others do to the rows that a transaction wants, and a server that stops to answer.
@Suite struct LockTests {
    private static func waits(_ name: String) -> String {
        """
        (SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
        AND application_name = '\(name)' AND wait_event_type = 'Lock')
        """
    }

    private func isUnavailable(_ error: any Error, saying words: String) -> Bool {
        guard case .unavailable(let message) = error as? StoreFailure else { return false }
        return message.contains(words)
    }

    /// Who closes the circle finds it first, and is its victim.
    @Test(arguments: [true, false]) func aDeadlockEndsWithBothDone(storeIsTheVictim: Bool) async throws {
        let url = try PostgresForTests.newDatabase()
        let desk = Desk("\(url)&options=-cdeadlock_timeout%3D\(storeIsTheVictim ? "50ms" : "60s")")
        try await desk.addAgent()
        let (other, watch) = (try desk.session(), try desk.session())
        try other.run(
            """
            SET application_name = 'other'; SET deadlock_timeout = '\(storeIsTheVictim ? "60s" : "50ms")';
            BEGIN; SELECT 1 FROM audit_ends WHERE organization = 'acme' FOR UPDATE
            """)
        let update = "UPDATE agents SET model = 'x'"
        let runs = NIOLockedValueBox(0)
        async let agent = desk.store.update(Desk.agent, for: .commandLine(for: Desk.acme), at: desk.now) { agent in
            // It has locked the agent, and wants the end of the audit log next.
            if runs.next == 1, storeIsTheVictim {
                other.begin("\(update); COMMIT")
                #expect(throws: Never.self) { try watch.waitHere(until: Self.waits("other")) }
            }
            var agent = agent
            agent.name = "B"
            return agent
        }
        if !storeIsTheVictim {
            try await watch.wait(until: Self.waits("one"))
            do {
                try await other.runAside(update)
                Issue.record("the other one was no victim")
            } catch {
                #expect(error.code == "40P01")
            }
            try other.run("ROLLBACK; BEGIN")
            try await other.runAside("\(update); COMMIT")
        }
        #expect(try await agent?.name == "B")
        // More than once where it was quicker than the other one again.
        #expect(storeIsTheVictim ? runs.next > 2 : runs.next == 2)
        #expect(try desk.session().run("SELECT name, model FROM agents") == [["B", "x"]])
        #expect(try desk.session().number("SELECT count(*) FROM audit") == 2)
    }

    @Test func aLockThatIsKeptFailsOnlyWhoWantsItAndTheLaneWorksOn() async throws {
        let desk = try await Desk.new(patience: Patience(lock: .milliseconds(200), idleWithLocks: .seconds(60)))
        let calls = try await desk.addNeighbours(10)
        let other = try desk.session()
        try other.run("BEGIN; SELECT 1 FROM calls WHERE id = '\(calls[3])' FOR UPDATE")
        let started = ContinuousClock.now
        var verdicts = try await desk.together(calls.map { call in { try await desk.cancel(call) } })
        #expect(verdicts.remove(at: 3).failed { isUnavailable($0, saying: "55P03") })
        #expect(try verdicts.allSatisfy { try $0.get() == .moved })
        #expect(ContinuousClock.now - started < .seconds(20))
        try other.run("ROLLBACK")
        #expect(try await desk.cancel(calls[3]) == .moved)
    }

    @Test func aServerThatStopsToAnswerIsAwayAndTheNextOneIsAskedAnew() async throws {
        let desk = try await Desk.new()
        // Connections of its own: only the one that decides is there when the processes are stopped.
        let patient = Desk(desk.url, name: "patient", patience: Patience(answer: .seconds(3)))
        let (warm, call) = (try await desk.add("call_0"), try await desk.add("call_2"))
        #expect(try await patient.cancel(warm) == .moved)
        let pids = try desk.session().run(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'patient' AND datname = current_database()"
        )
        .compactMap { $0.first.flatMap(\.self).flatMap { pid_t($0) } }
        #expect(pids.count == 1)
        for pid in pids { kill(pid, SIGSTOP) }
        defer { for pid in pids { kill(pid, SIGCONT) } }
        do {
            try await patient.cancel(call)
            Issue.record("a stopped server has answered")
        } catch {
            #expect(isUnavailable(error, saying: "no answer"))
        }
        #expect(try await patient.cancel(call) == .moved)
    }
}
