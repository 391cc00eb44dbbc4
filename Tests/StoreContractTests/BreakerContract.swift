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
    func theEndingsOfAnAgentAreCountedByTheirTimeAndTheNewestOnly(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent)
        let statuses: [CallStatus] = [.failed, .busy, .failed, .noAnswer, .failed]
        for (index, status) in statuses.enumerated() {
            let agent = index == 4 ? StopContract.otherAgent : Shelf.agentID
            let id = try await shelf.addCall("call_\(index)", agent: agent)
            let lease = try #require(try await shelf.admit().compactMap(\.dial).first { $0.call.id == id })
            try await shelf.receive(
                .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: id, about: lease.room)
            try await shelf.receive(
                .failed(DialFailure(status: status)), by: id, about: lease.room, at: shelf.now + .seconds(index))
        }
        func endings(_ seconds: Int, _ limit: Int = 100) async throws -> [CallStatus: Int] {
            try await shelf.store.endings(of: Shelf.agentID, after: shelf.now + .seconds(seconds), amongst: limit)
        }
        #expect(try await endings(-1) == [.failed: 2, .busy: 1, .noAnswer: 1])
        #expect(try await endings(0) == [.failed: 1, .busy: 1, .noAnswer: 1])
        #expect(try await endings(9) == [:])
        // The newest of all is the other agent's.
        #expect(try await endings(-1, 2) == [.noAnswer: 1])
        let other = try await shelf.store.endings(of: StopContract.otherAgent, after: shelf.now, amongst: 9)
        #expect(other == [.failed: 1])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theLastPauseIsTheServersOwnOverThatAgent(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent)
        try await shelf.stop("stop_by_hand", .agent(Shelf.agentID))
        #expect(try await shelf.store.lastPause(of: Shelf.agentID, in: Shelf.acme) == nil)
        for (index, agent) in [Shelf.agentID, Shelf.agentID, StopContract.otherAgent].enumerated() {
            try await shelf.stop(
                "stop_\(index)", .agent(agent), at: shelf.now + .seconds(index), by: .server(for: Shelf.acme))
        }
        let last = try await shelf.store.lastPause(of: Shelf.agentID, in: Shelf.acme)
        #expect(last?.id.rawValue == "stop_1")
        #expect(last?.isPause == true)
        _ = try await shelf.release("stop_1")
        #expect(try await shelf.store.lastPause(of: Shelf.agentID, in: Shelf.acme)?.release != nil)
    }
}
