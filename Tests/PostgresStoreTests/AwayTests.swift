import CallControl
import CallCore
import NIOConcurrencyHelpers
import PostgresStore
import TestSupport
import Testing

/// A server that is restarted, or away for a while.
@Suite struct AwayTests {
    private func isAway(_ body: () async throws -> Void) async -> Bool {
        await Result(body).failed { if case .unavailable = $0 as? StoreFailure { true } else { false } }
    }

    @Test func aServerThatWasAwayIsUsedAgainWithoutARestart() async throws {
        let server = try OwnPostgres()
        _ = try Migrator(server.url).migrate(at: Desk.now, installation: "t")
        let clock = NIOLockedValueBox(ContinuousClock.now)
        let desk = Desk(server.url, clock: { clock.withLockedValue(\.self) })
        try await desk.addAgent()
        let calls = try await desk.addNeighbours(6)

        // Restarted while nobody asked: nobody notices.
        #expect(try await desk.cancel(calls[0]) == .moved)
        try server.order("-m immediate restart")
        #expect(try await desk.cancel(calls[1]) == .moved)
        #expect(try await desk.status(calls[0]) == .cancelled)

        // Away: whoever asks is told so, a second one without a look.
        try server.order("-m immediate stop")
        #expect(await isAway { try await desk.cancel(calls[2]) })
        #expect(await isAway { _ = try await desk.status(calls[2]) })
        try server.order("start")
        #expect(await isAway { try await desk.cancel(calls[2]) })
        clock.withLockedValue { $0 += .seconds(2) }
        #expect(try await desk.cancel(calls[2]) == .moved)
        #expect(try await desk.status(calls[2]) == .cancelled)

        // Away for long: the pause between two looks does not grow beyond two seconds.
        try server.order("-m immediate stop")
        for _ in 0..<20 {
            #expect(await isAway { try await desk.cancel(calls[3]) })
            clock.withLockedValue { $0 += .seconds(2) }
        }
        try server.order("start")
        #expect(try await desk.cancel(calls[3]) == .moved)
        #expect(try desk.session().number("SELECT count(*) FROM events WHERE what = 'call.cancelled'") == 4)
    }

    @Test func aServerThatFallsAmidATransactionHasDoneNothingOfIt() async throws {
        let server = try OwnPostgres()
        _ = try Migrator(server.url).migrate(at: Desk.now, installation: "t")
        let desk = Desk(server.url)
        try await desk.addAgent()
        let call = try await desk.add("call_0")
        let runs = NIOLockedValueBox(0)
        let verdict = try await desk.cancel(call) {
            guard runs.next == 1 else { return }
            #expect(throws: Never.self) { try server.order("-m immediate restart") }
        }
        #expect(verdict == .moved)
        #expect(runs.withLockedValue(\.self) == 2)
        #expect(try desk.session().number("SELECT count(*) FROM events WHERE what = 'call.cancelled'") == 1)
    }
}
