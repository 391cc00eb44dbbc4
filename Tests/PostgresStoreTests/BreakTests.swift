import CallControl
import CallCore
import Foundation
import Glibc
import NIOConcurrencyHelpers
import PostgresStore
import TestSupport
import Testing

/// Sessions that the server ends, at every point of a transaction.
@Suite struct BreakTests {
    /// Ends the sessions of a desk that fit, and returns when their processes are gone.
    private static func terminate(_ name: String, _ session: Session, where condition: String = "TRUE") throws {
        let pids = try session.run(
            """
            SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
            AND application_name = '\(name)' AND \(condition)
            """
        ).compactMap { $0.first.flatMap(\.self) }
        #expect(!pids.isEmpty)
        for pid in pids { while FileManager.default.fileExists(atPath: "/proc/\(pid)") { sched_yield() } }
    }

    @Test func whatComesAfterAnIdleSessionEndedIsCarriedOut() async throws {
        let desk = try await Desk.new()
        let call = try await desk.add("call_0")
        #expect(try await desk.status(call) == .initiated)
        try Self.terminate("one", try desk.session())
        #expect(try await desk.status(call) == .initiated)
        #expect(try await desk.cancel(call) == .moved)
        #expect(try await desk.store.agent(Desk.agent) != nil)
        #expect(try await desk.store.liveCalls() == 0)
    }

    @Test func aReadWhoseSessionEndsIsReadAgain() async throws {
        let desk = try await Desk.new()
        let (other, killer) = (try desk.session(), try desk.session())
        try other.run("BEGIN; LOCK TABLE agents IN ACCESS EXCLUSIVE MODE")
        async let agent = desk.store.agent(Desk.agent)
        let waits = "wait_event_type = 'Lock'"
        try await killer.wait(
            until: "(SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND \(waits))")
        try Self.terminate("one", killer, where: waits)
        try other.run("COMMIT")
        #expect(try await agent?.id == Desk.agent)
    }

    @Test func aTransactionWhoseSessionEndsBeforeItsCommitIsCarriedOutOnce() async throws {
        let desk = try await Desk.new()
        let call = try await desk.add("call_0")
        let killer = try desk.session()
        let runs = NIOLockedValueBox(0)
        let verdict = try await desk.cancel(call) {
            guard runs.next == 1 else { return }
            #expect(throws: Never.self) { try Self.terminate("one", killer, where: "xact_start IS NOT NULL") }
        }
        #expect(verdict == .moved)
        #expect(runs.withLockedValue(\.self) == 2)
        #expect(try desk.session().number("SELECT count(*) FROM events WHERE what = 'call.cancelled'") == 1)
    }

    /// The members that are not done when it breaks write nothing past the transaction.
    @Test func aSharedTransactionWhoseSessionEndsIsCarriedOutOnceForEach() async throws {
        let desk = try await Desk.new()
        let calls = try await desk.addNeighbours(30)
        let killer = try desk.session()
        let runs = NIOLockedValueBox(0)
        let verdicts = try await desk.together(
            calls.map { call in
                {
                    try await desk.cancel(call) {
                        guard runs.next == 1 else { return }
                        #expect(throws: Never.self) {
                            try Self.terminate("one", killer, where: "xact_start IS NOT NULL")
                        }
                    }
                }
            }, busy: ["busy_0"])
        #expect(try verdicts.allSatisfy { try $0.get() == .moved })
        #expect(try desk.session().number("SELECT count(*) FROM events WHERE what = 'call.cancelled'") == 30)
    }

    @Test func aSessionThatEndsAmidTheCommitLeavesItInDoubt() async throws {
        let desk = try await Desk.new()
        let call = try await desk.add("call_0")
        let (other, killer) = (try desk.session(), try desk.session())
        try other.run(
            """
            CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS \
            'BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED \
            FOR EACH ROW EXECUTE FUNCTION stall();
            SELECT pg_advisory_lock(42)
            """)
        let runs = NIOLockedValueBox(0)
        async let end = Result { try await desk.cancel(call) { _ = runs.next } }
        let waits = "wait_event = 'advisory'"
        try await killer.wait(
            until: "(SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND \(waits))")
        try Self.terminate("one", killer, where: waits)
        #expect(await end.failed { if case .unavailable = $0 as? StoreFailure { true } else { false } })
        #expect(runs.withLockedValue(\.self) == 1)
        try other.run("SELECT pg_advisory_unlock(42)")
        #expect(try await desk.cancel(call) == .moved)
    }
}

extension Result where Failure == any Error {
    /// What comes of `body`.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

extension NIOLockedValueBox<Int> {
    /// One more than the last time.
    var next: Int {
        withLockedValue {
            $0 += 1
            return $0
        }
    }
}
