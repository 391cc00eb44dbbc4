import CallControl
import CallCore
import Testing

@Suite struct AdmissionContract {
    @Test(arguments: StoreUnderTest.allCases)
    func soonerPrioritiesGoFirstThenDueTimes(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_late", due: shelf.now - .seconds(1), priority: 5)
        try await shelf.addCall("call_early", due: shelf.now - .seconds(9), priority: 5)
        try await shelf.addCall("call_urgent", due: shelf.now, priority: 0)
        try await shelf.addCall("call_tomorrow", due: shelf.now + .seconds(86_400), priority: 0)
        #expect(try await shelf.admit(2).map(\.call.id.rawValue) == ["call_urgent", "call_early"])
        #expect(try await shelf.admit(2).map(\.call.id.rawValue) == ["call_late"])
        #expect(try await shelf.admit(2).isEmpty)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func noCallIsAdmittedTwiceByManyAtOnce(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<100 { try await shelf.addCall("call_\(number)") }
        let admitted = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<20 { group.addTask { try await shelf.admit(9).map(\.call.id.rawValue) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(admitted.count == 100)
        #expect(Set(admitted).count == 100)
        #expect(try await shelf.store.liveCalls() == 100)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func callsOfAnInactiveAgentAreHeldAndFreedWithIt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent(status: .inactive)
        let call = try await shelf.addCall("call_1")
        #expect(try await shelf.admit().isEmpty)
        #expect(try await shelf.store.nextWakes().call == nil)
        let held = try #require(try await shelf.store.call(call, at: shelf.now)?.queue)
        #expect(held.state == .held)
        #expect(held.heldBy == [.inactiveAgent(Shelf.agentID)])
        let woken = try await shelf.store.update(Shelf.agentID, for: .commandLine(for: Shelf.acme), at: shelf.now) {
            agent in
            var agent = agent
            agent.status = .active
            return agent
        }
        #expect(woken?.status == .active)
        #expect(try await shelf.store.call(call, at: shelf.now)?.queue?.state == .ready)
        #expect(try await shelf.admit().count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anAgentSwitchedOffAfterAdmissionStopsTheDial(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_1")
        let lease = try #require(try await shelf.admit().first?.dial)
        _ = try await shelf.store.update(Shelf.agentID, for: .commandLine(for: Shelf.acme), at: shelf.now) { agent in
            var agent = agent
            agent.status = .inactive
            return agent
        }
        let decided = try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: call, about: lease.room)
        #expect(decided?.call.status == .initiated)
        #expect(try await shelf.store.call(call, at: shelf.now)?.queue?.state == .held)
        #expect(try await shelf.store.openTerminations() == [lease.room])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theQueueTellsScheduledAndReadyWithThePosition(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let later = try await shelf.addCall("call_later", due: shelf.now + .seconds(5))
        try await shelf.addCall("call_first", due: shelf.now - .seconds(2))
        let second = try await shelf.addCall("call_second", due: shelf.now - .seconds(1))
        let waiting = try #require(try await shelf.store.call(later, at: shelf.now)?.queue)
        #expect(waiting.state == .scheduled)
        #expect(waiting.position == nil)
        let ready = try #require(try await shelf.store.call(second, at: shelf.now)?.queue)
        #expect(ready.state == .ready)
        #expect(ready.position == 2)
        #expect(try await shelf.store.nextWakes().call == shelf.now - .seconds(2))
    }
}
