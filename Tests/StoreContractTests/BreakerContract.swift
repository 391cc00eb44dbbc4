import CallControl
import CallCore
import Testing

@Suite struct BreakerContract {
    @Test(arguments: StoreUnderTest.allCases)
    func anAgentKeepsItsBreaker(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        #expect(try await shelf.store.agent(Shelf.agentID)?.breaker == nil)
        for breaker in [
            Breaker(failureShare: 0.35, minAttempts: 7, windowMinutes: 3, pauseMinutes: nil), Breaker(failureShare: 1),
            nil,
        ] {
            let changed = try await shelf.store.update(Shelf.agentID, for: shelf.caller, at: shelf.now) { agent in
                var agent = agent
                agent.breaker = breaker
                return agent
            }
            #expect(changed?.breaker == breaker)
            #expect(try await shelf.store.agent(Shelf.agentID)?.breaker == breaker)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aBatchKeepsItsBreaker(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let breaker = Breaker(failureShare: 0.35, minAttempts: 7, windowMinutes: 3, pauseMinutes: nil)
        // One row is refused in the store, and what guards the batch is not lost with it.
        try await shelf.suppress(["+15005550009"])
        let call = Call(
            id: CallID(rawValue: "call_9"), organization: Shelf.acme, agent: Shelf.agentID,
            contact: Contact(phone: try #require(PhoneNumber("+15005550009"))), dueAt: shelf.now, createdAt: shelf.now)
        let plain = try shelf.batch("batch_1", ["call_1"])
        let batch = Batch(
            id: plain.id, organization: Shelf.acme, agent: Shelf.agentID, name: nil, createdAt: shelf.now,
            guards: BatchGuards(breaker: breaker), rows: plain.rows + [.scheduled(call)])
        let stored = try await shelf.store.insert(batch, for: shelf.caller)
        #expect((stored.calls.count, stored.guards.breaker) == (1, breaker))
        try await shelf.store.insert(try shelf.batch("batch_2", ["call_2"]), for: shelf.caller)
        let guards = try #require(try await shelf.store.guards(of: batch.id))
        #expect((guards.organization, guards.guards.breaker) == (Shelf.acme, breaker))
        #expect(try await shelf.store.batch(batch.id, at: Shelf.now)?.summary.guards.breaker == breaker)
        let list = try await shelf.store.batches(of: Shelf.acme, limit: 9, offset: 0).batches
        #expect(list.map(\.guards.breaker) == [nil, breaker])
        #expect(try await shelf.store.guards(of: BatchID(rawValue: "batch_2"))?.guards == BatchGuards())
        let none = try await shelf.store.guards(of: BatchID(rawValue: "batch_none"))
        #expect(none == nil)
        let log = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 99)
        #expect(log.first { $0.subject == "batch_1" }?.detail?.contains(#""breaker":"0.35 7 3 -""#) == true)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theEndingsAreCountedByTheirTimeAndTheNewestOnly(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent)
        let statuses: [CallStatus] = [.failed, .busy, .failed, .noAnswer, .failed]
        for (index, status) in statuses.enumerated() {
            let agent = index == 4 ? StopContract.otherAgent : Shelf.agentID
            let id = try await shelf.addCall("call_\(index)", agent: agent, batch: index > 1 ? "batch_b" : nil)
            let lease = try #require(try await shelf.admit().compactMap(\.dial).first { $0.call.id == id })
            try await shelf.receive(
                .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: id, about: lease.room)
            try await shelf.receive(
                .failed(DialFailure(status: status)), by: id, about: lease.room, at: shelf.now + .seconds(index))
        }
        func endings(
            _ seconds: Int, _ limit: Int = 100, of guarded: Guarded = .agent(Shelf.agentID)
        ) async throws -> [CallStatus: Int] {
            try await shelf.store.endings(of: guarded, after: shelf.now + .seconds(seconds), amongst: limit)
        }
        #expect(try await endings(-1) == [.failed: 2, .busy: 1, .noAnswer: 1])
        #expect(try await endings(0) == [.failed: 1, .busy: 1, .noAnswer: 1])
        #expect(try await endings(9) == [:])
        // The newest of all is the other agent's.
        #expect(try await endings(-1, 2) == [.noAnswer: 1])
        #expect(try await endings(0, 9, of: .agent(StopContract.otherAgent)) == [.failed: 1])
        let batch = Guarded.batch(BatchID(rawValue: "batch_b"))
        #expect(try await endings(-1, of: batch) == [.failed: 2, .noAnswer: 1])
        #expect(try await endings(2, of: batch) == [.failed: 1, .noAnswer: 1])
        #expect(try await endings(-1, of: .batch(BatchID(rawValue: "batch_a"))) == [:])
    }

    @Test(
        arguments: StoreUnderTest.allCases,
        [
            (Guarded.agent(Shelf.agentID), Guarded.agent(StopContract.otherAgent)),
            (.batch(BatchID(rawValue: "batch_1")), .batch(BatchID(rawValue: "batch_2"))),
        ])
    func theLastPauseIsTheServersOwn(_ kind: StoreUnderTest, _ guarded: (Guarded, Guarded)) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent)
        func last() async throws -> Stop? {
            try await shelf.store.lastPause(of: guarded.0, for: .breaker, in: Shelf.acme)
        }
        try await shelf.stop("stop_by_hand", guarded.0.scope)
        #expect(try await last() == nil)
        for (index, paused) in [guarded.0, guarded.0, guarded.1].enumerated() {
            try await shelf.stop(
                "stop_\(index)", paused.scope, at: shelf.now + .seconds(index), cause: .breaker,
                by: .server(for: Shelf.acme))
            if index == 0 { _ = try await shelf.release("stop_0") }
        }
        #expect(try await last()?.id.rawValue == "stop_1")
        #expect(try await last()?.isPause == true)
        #expect(try await shelf.store.stop(StopID(rawValue: "stop_1"))?.stop.cause == .breaker)
        #expect(try await last()?.release == nil)
        _ = try await shelf.release("stop_1")
        #expect(try await last()?.release != nil)
        #expect(try await shelf.store.stop(StopID(rawValue: "stop_by_hand"))?.stop.isPause == false)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aBatchIsPausedOnceForACause(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let scope = StopScope.batch(BatchID(rawValue: "batch_1"))
        try await shelf.stop("stop_1", scope, cause: .breaker)
        await #expect {
            try await shelf.stop("stop_2", scope, cause: .breaker)
        } throws: { error in
            guard case .conflict = error as? StoreFailure else { return false }
            return true
        }
        // By hand as often as somebody likes.
        try await shelf.stop("stop_3", scope)
        try await shelf.stop("stop_4", scope)
        _ = try await shelf.release("stop_1")
        try await shelf.stop("stop_5", scope, cause: .breaker)
        let inForce = try await shelf.store.stops(of: Shelf.acme, inForce: true, limit: 9, offset: 0).stops
        #expect(Set(inForce.map(\.stop.id.rawValue)) == ["stop_3", "stop_4", "stop_5"])
    }
}
