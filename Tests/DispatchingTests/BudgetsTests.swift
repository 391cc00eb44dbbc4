import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore
import TestSupport
import Testing

/// A batch that has spent its day is paused until midnight, once a day; the clock begins at noon.
@Suite(.timeLimit(.minutes(1))) struct BudgetsTests {
    private struct Scene {
        let store: SQLiteStore
        let clock = MovableClock()
        let stops: Stops
        let budgets: Budgets
        let organization = OrganizationID(rawValue: "acme")
        static let batch = BatchID(rawValue: "batch_1")

        init(calls: Int? = nil, minutes: Int? = nil, zone: Zone = .utc) async throws {
            store = try SQLiteStore(.memory)
            stops = Stops(store: store, agents: store, bell: Bell(), clock: clock)
            budgets = Budgets(
                store: store, stops: stops, clock: clock, log: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
            let agent = Agent(
                id: AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440000"), organization: organization, name: "A",
                createdAt: clock.now)
            try await store.insert(agent, for: .commandLine(for: organization))
            let phone = try #require(PhoneNumber("+15005550001"))
            let rows = (0..<9).map { number in
                Batch.Row.scheduled(
                    Call(
                        id: CallID(rawValue: "call_\(number)"), organization: organization, agent: agent.id,
                        batch: Self.batch, contact: Contact(phone: phone), dueAt: clock.now, createdAt: clock.now))
            }
            let budget = Budget(callsPerDay: calls, minutesPerDay: minutes, zone: zone)
            try await store.insert(
                Batch(
                    id: Self.batch, organization: organization, agent: agent.id, name: nil, createdAt: clock.now,
                    guards: BatchGuards(budget: budget), rows: rows), for: .commandLine(for: organization))
        }

        /// Past the admission, which would keep it back.
        func receive(_ events: CallEvent..., by number: Int) async throws {
            let id = CallID(rawValue: "call_\(number)")
            let room = RoomName(installation: "t", call: id, attempt: 1)
            for event in [.lineFree(room)] + events {
                let now = clock.now
                _ = try await store.decide(id, proving: nil, claimingUntil: nil, at: now) { call, _ in
                    call.receiving(event, about: room, in: CallCore.Scene(agentIsActive: true), at: now)
                }
            }
        }

        var send: CallEvent { .sendDial(deadline: clock.now + .seconds(34), LiveKitIDs()) }

        func pauses(inForce: Bool? = nil) async throws -> [Stop] {
            try await store.stops(of: organization, inForce: inForce, limit: 9, offset: 0).stops.map(\.stop)
        }

        /// As where a call of the batch was kept back.
        func keepBack() async {
            budgets.hear(of: Self.batch)
            _ = await budgets.judgeThoseKeptBack()
        }

        func release(_ stop: Stop, by caller: Caller? = nil) async throws {
            let caller = caller ?? .server(for: organization)
            _ = try await stops.release(stop.id, by: caller)
        }
    }

    @Test func itIsPausedOnceItsLastDialIsSentUntilItsMidnight() async throws {
        let zone = try #require(Zone("Asia/Kathmandu"))
        let scene = try await Scene(calls: 2, zone: zone)
        try await scene.receive(scene.send, by: 0)
        try await scene.receive(by: 1)
        // The other one may come to nothing.
        await scene.keepBack()
        #expect(try await scene.pauses().isEmpty)
        try await scene.receive(scene.send, by: 1)
        await scene.keepBack()
        let pause = try #require(try await scene.pauses().first)
        #expect(pause.cause == .budget)
        #expect(pause.scope == .batch(Scene.batch))
        #expect((pause.live, pause.queue) == (.leave, .hold))
        #expect(pause.key.rawValue == "server")
        #expect(pause.reason == "budget: 2 of 2 calls of this day (Asia/Kathmandu) are dialled")
        #expect(pause.until == scene.clock.now + .seconds(6 * 3600 + 900))
        await scene.keepBack()
        #expect(try await scene.pauses().count == 1)
    }

    @Test func whatIsTalkedPausesItAsWell() async throws {
        let scene = try await Scene(minutes: 2)
        try await scene.receive(scene.send, .answered(LiveKitIDs(), dialReturned: true), by: 0)
        scene.clock.advance(by: .seconds(119))
        let left = CallEvent.left(Departure(reason: .clientInitiated, wasAnswered: true))
        // A call that is still up has no length yet.
        await scene.keepBack()
        #expect(try await scene.pauses().isEmpty)
        scene.clock.advance(by: .seconds(1))
        try await scene.receive(left, by: 0)
        await scene.keepBack()
        #expect(try await scene.pauses().map(\.reason) == ["budget: 2 of 2 minutes of this day (UTC) are spent"])
    }

    @Test func aDayHasOnePauseAndTheNextOneItsOwn() async throws {
        let scene = try await Scene(calls: 1)
        try await scene.receive(scene.send, by: 0)
        await scene.keepBack()
        try await scene.release(
            try #require(try await scene.pauses().first),
            by: Caller(key: KeyID(rawValue: "key_1"), organization: scene.organization, role: .operator))
        // Somebody wants the rest of it.
        try await scene.receive(scene.send, by: 1)
        await scene.keepBack()
        #expect(try await scene.pauses(inForce: true).isEmpty)
        scene.clock.advance(by: .seconds(12 * 3600))
        await scene.keepBack()
        #expect(try await scene.pauses(inForce: true).isEmpty)
        try await scene.receive(scene.send, by: 2)
        await scene.keepBack()
        let pause = try #require(try await scene.pauses(inForce: true).first)
        #expect(pause.until == scene.clock.now + .seconds(86_400))
        #expect(try await scene.pauses().count == 2)
    }

    @Test func aBatchWithoutBudgetIsLeftAlone() async throws {
        let scene = try await Scene()
        try await scene.receive(scene.send, by: 0)
        await scene.keepBack()
        #expect(try await scene.pauses().isEmpty)
    }
}
