import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore
import TestSupport
import Testing

/// An agent or a batch whose attempts keep failing is paused, and begins afresh after that.
@Suite(.timeLimit(.minutes(1))) struct BreakersTests {
    /// Whose breaker it is.
    enum Owner: CaseIterable { case agent, batch }

    private struct Scene {
        let store: SQLiteStore
        let clock = MovableClock()
        let stops: Stops
        let breakers: Breakers
        let agent: Agent
        let guarded: Guarded
        let organization = OrganizationID(rawValue: "acme")
        static let batch = BatchID(rawValue: "batch_1")

        init(_ breaker: Breaker?, of owner: Owner) async throws {
            store = try SQLiteStore(.memory)
            stops = Stops(store: store, agents: store, bell: Bell(), clock: clock)
            breakers = Breakers(
                store: store, stops: stops, clock: clock, log: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
            agent = Agent(
                id: AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440000"), organization: organization, name: "A",
                breaker: owner == .agent ? breaker : nil, createdAt: clock.now)
            guarded = owner == .agent ? .agent(agent.id) : .batch(Self.batch)
            try await store.insert(agent, for: .commandLine(for: organization))
            let first = Batch.Row.scheduled(try call(0, in: Self.batch))
            let guards = BatchGuards(breaker: owner == .batch ? breaker : nil)
            try await store.insert(
                Batch(
                    id: Self.batch, organization: organization, agent: agent.id, name: nil, createdAt: clock.now,
                    guards: guards, rows: [first]), for: .commandLine(for: organization))
        }

        private func call(_ number: Int, in batch: BatchID?) throws -> Call {
            Call(
                id: CallID(rawValue: "call_\(number)"), organization: organization, agent: agent.id, batch: batch,
                contact: Contact(phone: try #require(PhoneNumber("+15005550001"))), dueAt: clock.now,
                createdAt: clock.now)
        }

        /// Attempts that end so, told as the dispatcher would.
        func end(_ count: Int, _ status: CallStatus, from number: Int, in batch: BatchID = batch) async throws {
            for index in number..<number + count {
                let call = try call(index + 1, in: batch)
                try await store.insert([call])
                let room = RoomName(installation: "t", call: call.id, attempt: 1)
                // Past the stop, which would hold it: what was sent before it may fail after it.
                for event in [
                    CallEvent.lineFree(room), .sendDial(deadline: clock.now + .seconds(34), LiveKitIDs()),
                    .failed(DialFailure(status: status)),
                ] {
                    let now = clock.now
                    _ = try await store.decide(call.id, proving: nil, claimingUntil: nil, at: now) { call, _ in
                        call.receiving(event, about: room, in: Scene(agentIsActive: true), at: now)
                    }
                }
                if status == .failed { breakers.hear(of: agent, batch) }
            }
        }

        func pauses(inForce: Bool? = nil) async throws -> [Stop] {
            try await store.stops(of: organization, inForce: inForce, limit: 9, offset: 0).stops.map(\.stop)
        }

        func settle() async { _ = await breakers.judgeThoseThatFailed() }

        private typealias Scene = CallCore.Scene
    }

    @Test(arguments: Owner.allCases)
    func itIsPausedAtItsShareForItsTimeAndJudgedAfreshAfterThat(_ owner: Owner) async throws {
        let scene = try await Scene(
            Breaker(failureShare: 0.5, minAttempts: 4, windowMinutes: 10, pauseMinutes: 3), of: owner)
        try await scene.end(2, .busy, from: 0)
        try await scene.end(1, .failed, from: 2)
        await scene.settle()
        #expect(try await scene.pauses().isEmpty)
        try await scene.end(2, .failed, from: 3)
        await scene.settle()
        let pause = try #require(try await scene.pauses().first)
        #expect(pause.cause == .breaker)
        #expect(pause.scope == scene.guarded.scope)
        #expect((pause.live, pause.queue) == (.leave, .hold))
        #expect(
            pause.reason == "circuit breaker: 3 of 5 attempts within 10 minutes failed, and the share may not reach 0.5"
        )
        #expect(pause.until == pause.at + .seconds(180))
        // What was under way fails as well; one pause is enough.
        try await scene.end(3, .failed, from: 10)
        await scene.settle()
        #expect(try await scene.pauses().count == 1)
        _ = try await scene.stops.release(pause.id, by: .server(for: scene.organization))
        scene.clock.advance(by: .seconds(1))
        try await scene.end(3, .failed, from: 20)
        await scene.settle()
        #expect(try await scene.pauses(inForce: true).isEmpty)
        try await scene.end(1, .failed, from: 30)
        await scene.settle()
        #expect(try await scene.pauses(inForce: true).count == 1)
    }

    @Test(arguments: Owner.allCases)
    func withoutABreakerOrOutOfItsWindowNothingIsPaused(_ owner: Owner) async throws {
        for breaker in [nil, Breaker(failureShare: 0.5, minAttempts: 4, windowMinutes: 1)] {
            let scene = try await Scene(breaker, of: owner)
            for round in 0..<6 {
                try await scene.end(1, .failed, from: round)
                await scene.settle()
                scene.clock.advance(by: .seconds(30))
            }
            #expect(try await scene.pauses().isEmpty)
        }
    }

    @Test func whatFailsInAnotherBatchPausesNobodyElse() async throws {
        let scene = try await Scene(Breaker(failureShare: 0.1, minAttempts: 2), of: .batch)
        try await scene.end(9, .failed, from: 0, in: BatchID(rawValue: "batch_2"))
        try await scene.end(1, .failed, from: 9)
        await scene.settle()
        #expect(try await scene.pauses().isEmpty)
        try await scene.end(1, .failed, from: 10)
        await scene.settle()
        #expect(try await scene.pauses().map(\.scope) == [.batch(Scene.batch)])
    }

    @Test func aPauseThatAnotherNodeHasSetMeanwhileIsNoFault() async throws {
        let scene = try await Scene(nil, of: .batch)
        func pause() async throws -> StopRecord? {
            try await scene.stops.pause(
                scene.guarded, of: scene.organization, for: .breaker, reason: "test", until: nil)
        }
        #expect(try await pause() != nil)
        #expect(try await pause() == nil)
        #expect(try await scene.pauses().count == 1)
    }
}
