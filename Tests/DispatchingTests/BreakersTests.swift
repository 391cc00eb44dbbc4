import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore
import TestSupport
import Testing

/// An agent whose attempts keep failing is paused, and begins afresh after that.
@Suite(.timeLimit(.minutes(1))) struct BreakersTests {
    private struct Scene {
        let store: SQLiteStore
        let clock = MovableClock()
        let stops: Stops
        let breakers: Breakers
        let agent: Agent
        let organization = OrganizationID(rawValue: "acme")

        init(_ breaker: Breaker?) async throws {
            store = try SQLiteStore(.memory)
            stops = Stops(store: store, agents: store, bell: Bell(), clock: clock)
            breakers = Breakers(
                store: store, stops: stops, clock: clock, log: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
            agent = Agent(
                id: AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440000"), organization: organization, name: "A",
                breaker: breaker, createdAt: clock.now)
            try await store.insert(agent, for: .commandLine(for: organization))
        }

        /// Attempts that end so, told as the dispatcher would.
        func end(_ count: Int, _ status: CallStatus, from number: Int) async throws {
            for index in number..<number + count {
                let id = CallID(rawValue: "call_\(index)")
                let phone = try #require(PhoneNumber("+15005550001"))
                try await store.insert([
                    Call(
                        id: id, organization: organization, agent: agent.id, contact: Contact(phone: phone),
                        dueAt: clock.now, createdAt: clock.now)
                ])
                let room = RoomName(installation: "t", call: id, attempt: 1)
                // Past the stop, which would hold it: what was sent before it may fail after it.
                for event in [
                    CallEvent.lineFree(room), .sendDial(deadline: clock.now + .seconds(34), LiveKitIDs()),
                    .failed(DialFailure(status: status)),
                ] {
                    let now = clock.now
                    _ = try await store.decide(id, proving: nil, claimingUntil: nil, at: now) { call, _ in
                        call.receiving(event, about: room, in: Scene(agentIsActive: true), at: now)
                    }
                }
                if status == .failed { breakers.hear(of: agent) }
            }
        }

        func pauses(inForce: Bool? = nil) async throws -> [Stop] {
            try await store.stops(of: organization, inForce: inForce, limit: 9, offset: 0).stops.map(\.stop)
        }

        func settle() async { _ = await breakers.judgeThoseThatFailed() }

        private typealias Scene = CallCore.Scene
    }

    @Test func itIsPausedAtItsShareForItsTimeAndJudgedAfreshAfterThat() async throws {
        let scene = try await Scene(
            Breaker(failureShare: 0.5, minAttempts: 4, windowMinutes: 10, pauseMinutes: 3))
        try await scene.end(2, .busy, from: 0)
        try await scene.end(1, .failed, from: 2)
        await scene.settle()
        #expect(try await scene.pauses().isEmpty)
        try await scene.end(2, .failed, from: 3)
        await scene.settle()
        let pause = try #require(try await scene.pauses().first)
        #expect(pause.isPause)
        #expect(pause.scope == .agent(scene.agent.id))
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

    @Test func withoutABreakerOrOutOfItsWindowNothingIsPaused() async throws {
        for breaker in [nil, Breaker(failureShare: 0.5, minAttempts: 4, windowMinutes: 1)] {
            let scene = try await Scene(breaker)
            for round in 0..<6 {
                try await scene.end(1, .failed, from: round)
                await scene.settle()
                scene.clock.advance(by: .seconds(30))
            }
            #expect(try await scene.pauses().isEmpty)
        }
    }
}
