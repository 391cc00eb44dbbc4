import CallControl
import CallCore
import Testing

@Suite struct RetryContract {
    static let plan = RetryPlan(maxRetries: 2, times: .after([.seconds(60), .seconds(120)]))
    private static let id = CallID(rawValue: "call_1")
    private static let due = Shelf.now + .seconds(60)

    /// A call whose first attempt was busy, with the hang-up of its room not verified.
    private func busy(_ shelf: Shelf, _ plan: RetryPlan = plan) async throws -> DialLease {
        let lease = try await shelf.dialled("call_1", retries: plan)
        let decided = try await shelf.store.decide(
            Self.id, proving: DialProof(lease, closing: true), claimingUntil: nil, at: shelf.now
        ) { call, scene in
            call.receiving(.failed(.answered(sip: 486)), about: lease.room, in: scene, at: Shelf.now)
        }
        #expect(decided?.verdict == .moved)
        return lease
    }

    private func verify(_ shelf: Shelf, at moment: Moment = Shelf.now) async throws {
        for lease in try await shelf.store.leaseTerminations(9, at: moment, until: moment + .seconds(8)) {
            #expect(try await shelf.store.settle(.verified, of: lease, at: moment))
        }
    }

    private func switchAgent(_ status: Agent.Status, _ shelf: Shelf) async throws {
        _ = try await shelf.store.update(Shelf.agentID, for: shelf.caller, at: shelf.now) { agent in
            var agent = agent
            agent.status = status
            return agent
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aPlanComesBackWithItsCall(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let plans: [RetryPlan?] = [
            nil, Self.plan, RetryPlan(maxRetries: 1, times: .after([.milliseconds(1_005)]), onBusy: false),
            RetryPlan(
                maxRetries: 10, times: .at([shelf.now, shelf.now + .seconds(9)]), onNoAnswer: false, onFailed: true),
        ]
        for (index, plan) in plans.enumerated() { try await shelf.addCall("call_\(index)", retries: plan) }
        for (index, plan) in plans.enumerated() {
            #expect(try await shelf.record("call_\(index)").call.retries == plan)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aBusyCallWaitsForItsRetryAndIsAdmittedWhenThatIsDue(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let first = try await busy(shelf)
        try await verify(shelf)
        let record = try await shelf.record("call_1")
        #expect(record.call.status == .initiated)
        #expect(record.call.attempts.map(\.status) == [.busy])
        #expect(record.queue == CallRecord.Queue(state: .retrying, nextAttemptAt: Self.due, position: nil))
        #expect(record.termination?.state == .verified)
        #expect(try await shelf.store.nextWakes().call == Self.due)
        #expect(try await shelf.store.liveCalls() == 0)
        #expect(try await shelf.admit(at: Self.due - .milliseconds(1)).isEmpty)
        let second = try #require(try await shelf.admit(at: Self.due).first?.dial)
        #expect(second.room == shelf.room(Self.id, 2))
        #expect(second.room != first.room)
        let events = try await shelf.store.events(of: Self.id, after: 0, limit: 10).map(\.notice)
        #expect(events == [.created, .connecting, .retrying, .terminationVerified, .connecting])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theLastRetryIsTheEnd(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        _ = try await busy(shelf)
        var now = shelf.now
        for number in 2...3 {
            try await verify(shelf, at: now)
            now = try #require(try await shelf.store.nextWakes().call)
            #expect(now == shelf.now + .seconds(number == 2 ? 60 : 180))
            let lease = try #require(try await shelf.admit(at: now).first?.dial)
            try await shelf.receive(
                .sendDial(deadline: now + .seconds(34), LiveKitIDs()), by: Self.id, about: lease.room, at: now)
            try await shelf.receive(.failed(.notAnswered), by: Self.id, about: lease.room, at: now)
        }
        let call = try await shelf.record("call_1").call
        #expect(call.status == .noAnswer)
        #expect(call.attempts.map(\.status) == [.busy, .noAnswer, .noAnswer])
        #expect(try await shelf.store.nextWakes().call == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theNextDialWaitsUntilThePhoneBeforeIsVerifiedSilent(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        _ = try await busy(shelf)
        // Others are not held up by it.
        try await shelf.addCall("call_other", due: Self.due)
        #expect(try await shelf.admit(at: Self.due).map(\.call.id.rawValue) == ["call_other"])
        #expect(try await shelf.store.nextWakes().call == Self.due + .seconds(10))
        #expect(try await shelf.admit(at: Self.due).isEmpty)
        #expect(try await shelf.admit(at: Self.due + .seconds(10)).isEmpty)
        try await verify(shelf, at: Self.due + .seconds(10))
        #expect(try await shelf.admit(at: Self.due + .seconds(20)).count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aPhoneThatStirsKeepsTheNextAttemptFromBeingDialled(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let first = try await busy(shelf)
        try await verify(shelf)
        let second = try #require(try await shelf.admit(at: Self.due).first?.dial)
        try await shelf.receive(.ringing, by: Self.id, about: first.room, at: Self.due)
        let decided = try await shelf.receive(
            .sendDial(deadline: Self.due + .seconds(34), LiveKitIDs()), by: Self.id, about: second.room, at: Self.due)
        #expect(decided?.call.status == .initiated)
        #expect(try await shelf.store.openTerminations() == [first.room, second.room])
        #expect(try await shelf.store.nextWakes().call == Self.due + .seconds(10))
        try await verify(shelf, at: Self.due)
        let third = try #require(try await shelf.admit(at: Self.due + .seconds(10)).first?.dial)
        let sent = try await shelf.receive(
            .sendDial(deadline: Self.due + .seconds(44), LiveKitIDs()), by: Self.id, about: third.room,
            at: Self.due + .seconds(10))
        #expect(sent?.call.status == .connecting)
    }

    /// Nothing was dialled in a room that was withdrawn: nobody waits for its end.
    @Test(arguments: StoreUnderTest.allCases)
    func aWithdrawnAttemptHoldsUpNobody(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.placing("call_1")
        try await switchAgent(.inactive, shelf)
        let decided = try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: Self.id, about: lease.room)
        #expect(decided?.call.status == .initiated)
        try await switchAgent(.active, shelf)
        #expect(try await shelf.admit().count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aCancelBetweenAttemptsIsTheEnd(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        _ = try await busy(shelf)
        try await verify(shelf)
        #expect(try await shelf.cancel(Self.id, for: shelf.caller)?.call.status == .cancelled)
        #expect(try await shelf.admit(at: Self.due).isEmpty)
        #expect(try await shelf.store.nextWakes().call == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aBulkCancelTakesWhatWaitsForARetry(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        _ = try await busy(shelf)
        try await shelf.begin(.ids([Self.id]))
        try await shelf.carryOut()
        #expect(try await shelf.status("call_1") == .cancelled)
        #expect(try await shelf.admit(at: Self.due).isEmpty)
    }

    /// What is left to speak to its end is still to be the last of its call.
    @Test(arguments: StoreUnderTest.allCases)
    func aBulkCancelThatLeavesLiveCallsLeavesThemNoRetry(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.dialled("call_1", retries: Self.plan)
        try await shelf.begin(.ids([Self.id]), live: .leave)
        try await shelf.carryOut()
        #expect(try await shelf.status("call_1") == .connecting)
        try await shelf.receive(.failed(.answered(sip: 486)), by: Self.id, about: lease.room)
        #expect(try await shelf.status("call_1") == .busy)
    }

    @Test(arguments: StoreUnderTest.allCases, [true, false])
    func aStopHoldsTheRetry(_ kind: StoreUnderTest, whileLive: Bool) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        if whileLive {
            let lease = try await shelf.dialled("call_1", retries: Self.plan)
            try await shelf.stop("stop_1", live: .leave, queue: .hold)
            try await shelf.carryOut()
            try await shelf.receive(.failed(.answered(sip: 486)), by: Self.id, about: lease.room)
        } else {
            _ = try await busy(shelf)
            try await shelf.stop("stop_1", live: .leave, queue: .hold)
            try await shelf.carryOut()
        }
        try await verify(shelf)
        #expect(try await shelf.holds("call_1") == [.stop(StopID(rawValue: "stop_1"))])
        #expect(try await shelf.admit(at: Self.due).isEmpty)
        #expect(try await shelf.store.nextWakes().call == nil)
        _ = try await shelf.release("stop_1")
        try await shelf.carryOut()
        #expect(try await shelf.record("call_1").queue?.state == .retrying)
        #expect(try await shelf.admit(at: Self.due).count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases, [true, false])
    func anAgentThatIsSwitchedOffHoldsTheRetry(_ kind: StoreUnderTest, whileLive: Bool) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        if whileLive {
            let lease = try await shelf.dialled("call_1", retries: Self.plan)
            try await switchAgent(.inactive, shelf)
            try await shelf.receive(.failed(.answered(sip: 486)), by: Self.id, about: lease.room)
        } else {
            _ = try await busy(shelf)
            try await switchAgent(.inactive, shelf)
        }
        try await verify(shelf)
        #expect(try await shelf.holds("call_1") == [.inactiveAgent(Shelf.agentID)])
        #expect(try await shelf.admit(at: Self.due).isEmpty)
        #expect(try await shelf.store.nextWakes().call == nil)
        #expect(try await shelf.holds("call_1") == [.inactiveAgent(Shelf.agentID)])
        try await switchAgent(.active, shelf)
        #expect(try await shelf.holds("call_1") == [])
        #expect(try await shelf.admit(at: Self.due).count == 1)
    }
}
