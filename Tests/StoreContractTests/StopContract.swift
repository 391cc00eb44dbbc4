import CallControl
import CallCore
import Testing

@Suite struct StopContract {
    static let otherAgent = AgentID(rawValue: "650e8400-e29b-41d4-a716-446655440000")

    /// Scopes, and whether each has the one call among the four that it does not share a thing with.
    static let scopes: [(StopScope, [String])] = [
        (.all, ["call_plain", "call_agent", "call_batch", "call_phone"]), (.agent(otherAgent), ["call_agent"]),
        (.batch(BatchID(rawValue: "batch_1")), ["call_batch"]),
        (PhoneNumber("+15005550003").map(StopScope.phone) ?? .all, ["call_phone"]),
    ]

    private func four(_ shelf: Shelf) async throws {
        try await shelf.addCall("call_plain")
        try await shelf.addCall("call_agent", agent: Self.otherAgent)
        try await shelf.addCall("call_batch", batch: "batch_1")
        try await shelf.addCall("call_phone", number: "+15005550003")
    }

    @Test(arguments: StoreUnderTest.allCases, scopes)
    func aStopKeepsItsScopeFromAdmissionAndLeavesTheRest(
        _ kind: StoreUnderTest, _ scope: (StopScope, [String])
    ) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(Self.otherAgent)
        try await four(shelf)
        try await shelf.stop("stop_1", scope.0, queue: .hold)
        // Before its drain has done anything.
        let admitted = Set(try await shelf.admit().map(\.call.id.rawValue))
        #expect(admitted == Set(Self.scopes[0].1).subtracting(scope.1))
        for id in scope.1 {
            let queue = try #require(try await shelf.record(id).queue)
            #expect(queue.state == .held)
            #expect(queue.heldBy == [.stop(StopID(rawValue: "stop_1"))])
        }
        // They have left the index of due ones: nothing wakes the dispatcher for them.
        #expect(try await shelf.store.nextWakes().call == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anotherOrganizationsStopConcernsNobodyHere(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let other = OrganizationID(rawValue: "other")
        try await shelf.addAgent()
        try await shelf.addAgent(Self.otherAgent, of: other)
        try await shelf.addCall("call_other", agent: Self.otherAgent, organization: other)
        try await shelf.addCall("call_own")
        try await shelf.stop("stop_1")
        try await shelf.carryOut()
        #expect(try await shelf.status("call_own") == .cancelled)
        #expect(try await shelf.admit().map(\.call.id.rawValue) == ["call_other"])
        #expect(try await shelf.store.stops(of: other, inForce: nil, limit: 10, offset: 0).total == 0)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aStopBetweenAdmissionAndDialWithdrawsTheAttempt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.placing("call_1")
        try await shelf.stop("stop_1", live: .leave, queue: .hold)
        let decided = try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: lease.call.id, about: lease.room)
        #expect(decided?.call.status == .initiated)
        #expect(try await shelf.store.openTerminations() == [lease.room])
        #expect(try await shelf.holds("call_1") == [.stop(StopID(rawValue: "stop_1"))])
        #expect(try await shelf.admit().isEmpty)
        // Released, it is dialled with a new attempt.
        _ = try await shelf.release("stop_1")
        try await shelf.carryOut()
        #expect(try await shelf.admit().map { $0.call.attempts.count } == [2])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theDrainHangsUpWhatIsLiveAndCancelsWhatWaits(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let dialled = try await shelf.dialled("call_dialled")
        let placing = try await shelf.placing("call_placing")
        try await shelf.addCall("call_waiting", due: shelf.now + .seconds(9))
        let set = try await shelf.stop("stop_1")
        #expect(set.drain.doneAt == nil)
        #expect(set.drain.counts == OperationCounts())
        try await shelf.carryOut()
        for id in ["call_dialled", "call_placing", "call_waiting"] {
            let call = try await shelf.record(id).call
            #expect(call.status == .cancelled)
            #expect(call.cancelledBy?.key == shelf.caller.key)
            #expect(call.cancelledBy?.reason == "fire")
        }
        #expect(try await shelf.store.openTerminations() == [dialled.room, placing.room])
        let drain = try #require(try await shelf.store.stop(set.stop.id)).drain
        #expect(drain.counts == OperationCounts(matched: 3, cancelled: 3))
        #expect((drain.terminationsPending, drain.terminationsVerified) == (2, 0))
        #expect(drain.doneAt == shelf.now)
        #expect(!drain.isSilent)
        for lease in try await shelf.store.leaseTerminations(9, at: shelf.now, until: shelf.now + .seconds(8)) {
            #expect(try await shelf.store.settle(.verified, of: lease, at: shelf.now))
        }
        #expect(try await shelf.operation("op_stop_1").isSilent)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func liveCallsCanBeLeftAndTheQueueHeld(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let dialled = try await shelf.dialled("call_dialled")
        _ = try await shelf.placing("call_placing")
        try await shelf.addCall("call_waiting")
        try await shelf.stop("stop_1", live: .leave, queue: .hold)
        try await shelf.carryOut()
        #expect(try await shelf.status("call_dialled") == .connecting)
        #expect(try await shelf.holds("call_waiting") == [.stop(StopID(rawValue: "stop_1"))])
        let outcomes = try await shelf.results("op_stop_1").map(\.outcome)
        #expect(outcomes == [.left, .held, .held])
        #expect(try await shelf.store.openTerminations().isEmpty)
        // A stop is about what is to be dialled: what rings goes on, and may be answered.
        let decided = try await shelf.receive(.ringing, by: dialled.call.id, about: dialled.room)
        #expect(decided?.call.status == .ringing)
    }

    /// What is held or left stays among the open calls: the place in their order alone says what was come to.
    @Test(arguments: StoreUnderTest.allCases)
    func aDrainThatChangesNothingComesToEachCallOnce(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<600 { try await shelf.addCall("call_\(number)", due: shelf.now + .seconds(60)) }
        _ = try await shelf.dialled("call_live")
        try await shelf.stop("stop_1", live: .leave, queue: .hold)
        #expect(try await shelf.carryOut() == 3)
        let counts = try await shelf.operation("op_stop_1").counts
        #expect(counts == OperationCounts(matched: 601, notCancellable: 1, held: 600))
        #expect(Set(try await shelf.results("op_stop_1").map(\.call)).count == 601)
    }

    /// Nothing of it was dialled yet: "cancel what waits" means it too, or it would ring after the release.
    @Test(arguments: StoreUnderTest.allCases)
    func aCallBeingPlacedGoesWithTheQueueWhereLiveOnesAreLeft(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.placing("call_placing")
        try await shelf.stop("stop_1", live: .leave, queue: .cancel)
        try await shelf.carryOut()
        #expect(try await shelf.status("call_placing") == .cancelled)
        #expect(try await shelf.store.openTerminations() == [lease.room])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func callsThatComeDuringAndAfterTheDrainAreHeld(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<1200 { try await shelf.addCall("call_\(number)") }
        try await shelf.stop("stop_1")
        let drain = OperationID(rawValue: "op_stop_1")
        while try await !shelf.store.advance(drain, at: shelf.now) {
            let late = try await shelf.addCall("call_late_\(try await shelf.operation("op_stop_1").counts.matched)")
            #expect(try await shelf.holds(late.rawValue) == [.stop(StopID(rawValue: "stop_1"))])
        }
        let counts = try await shelf.operation("op_stop_1").counts
        #expect(counts == OperationCounts(matched: 1200, cancelled: 1200))
        #expect(try await shelf.admit(100).isEmpty)
        #expect(try await shelf.status("call_late_500") == .initiated)
        _ = try await shelf.release("stop_1")
        try await shelf.carryOut()
        #expect(try await !shelf.admit(100).isEmpty)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aReleaseFreesWhatNoOtherStopHoldsInItsOldOrder(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(Self.otherAgent)
        for number in [3, 1, 2] {
            try await shelf.addCall("call_\(number)", due: shelf.now - .seconds(9 - number))
            try await shelf.addCall("other_\(number)", due: shelf.now - .seconds(9 - number), agent: Self.otherAgent)
        }
        try await shelf.stop("stop_all", queue: .hold)
        try await shelf.stop("stop_agent", .agent(Self.otherAgent), queue: .hold, at: shelf.now + .milliseconds(1))
        try await shelf.carryOut()
        let both = [Hold.stop(StopID(rawValue: "stop_all")), .stop(StopID(rawValue: "stop_agent"))]
        #expect(try await shelf.holds("other_1") == both)
        let released = try await shelf.release("stop_all")
        guard case .released(let record)? = released else {
            Issue.record("\(String(describing: released))")
            return
        }
        #expect(record.stop.release == Stop.Release(at: shelf.now + .seconds(1), key: shelf.caller.key, reason: "over"))
        // Not held by a stop any more, though its mark is still to be taken away.
        #expect(try await shelf.holds("call_1").isEmpty)
        try await shelf.carryOut()
        #expect(try await shelf.operation("op_stop_all_released").counts.matched == 3)
        #expect(try await shelf.admit().map(\.call.id.rawValue) == ["call_1", "call_2", "call_3"])
        #expect(try await shelf.holds("other_1") == [.stop(StopID(rawValue: "stop_agent"))])
        #expect(try await shelf.release("stop_all") == .wasReleased)
        #expect(try await shelf.release("stop_none") == nil)
    }

    /// "It was the wrong one": what the drain has not come to stays.
    @Test(arguments: StoreUnderTest.allCases, Stop.Queue.allCases)
    func aReleaseEndsADrainThatIsUnderWay(_ kind: StoreUnderTest, _ queue: Stop.Queue) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<600 { try await shelf.addCall("call_\(number)") }
        try await shelf.stop("stop_1", live: .leave, queue: queue)
        #expect(try await !shelf.store.advance(OperationID(rawValue: "op_stop_1"), at: shelf.now))
        _ = try await shelf.release("stop_1")
        try await shelf.carryOut()
        let drain = try await shelf.operation("op_stop_1")
        #expect(drain.counts.matched == 250)
        #expect(drain.doneAt == shelf.now + .seconds(1))
        #expect(try await shelf.admit(1000).count == (queue == .cancel ? 350 : 600))
    }

    /// Held calls must not stand in the way of those behind them, whoever's these are.
    @Test(arguments: StoreUnderTest.allCases)
    func heldCallsAtTheHeadOfTheQueueDoNotKeepOthersWaiting(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(Self.otherAgent)
        for number in 0..<100 {
            try await shelf.addCall("call_\(number)", due: shelf.now - .seconds(60), agent: Self.otherAgent)
        }
        try await shelf.addCall("call_free")
        try await shelf.stop("stop_1", .agent(Self.otherAgent), queue: .hold)
        #expect(try await shelf.admit(2).map(\.call.id.rawValue) == ["call_free"])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func stopsAreListedNewestFirst(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<5 { try await shelf.stop("stop_\(number)", at: shelf.now + .seconds(number)) }
        _ = try await shelf.release("stop_3")
        func ids(_ inForce: Bool?, offset: Int = 0) async throws -> [String] {
            try await shelf.store.stops(of: Shelf.acme, inForce: inForce, limit: 3, offset: offset).stops.map {
                $0.stop.id.rawValue
            }
        }
        #expect(try await ids(nil) == ["stop_4", "stop_3", "stop_2"])
        #expect(try await ids(nil, offset: 3) == ["stop_1", "stop_0"])
        #expect(try await ids(true) == ["stop_4", "stop_2", "stop_1"])
        #expect(try await ids(false) == ["stop_3"])
        #expect(try await shelf.store.stops(of: Shelf.acme, inForce: true, limit: 3, offset: 0).total == 4)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func stopsThatEndByThemselvesAreFoundByTheirTime(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let none = try await shelf.store.timedStops(limit: 9)
        #expect(none.isEmpty)
        try await shelf.stop("stop_for_good")
        for (id, seconds) in [("stop_late", 60), ("stop_soon", 5), ("stop_released", 1)] {
            let record = try await shelf.stop(id, until: shelf.now + .seconds(seconds))
            #expect(record.stop.until == shelf.now + .seconds(seconds))
        }
        _ = try await shelf.release("stop_released")
        try await shelf.suppress()
        #expect(try await shelf.store.timedStops(limit: 9).map(\.id.rawValue) == ["stop_soon", "stop_late"])
        #expect(try await shelf.store.timedStops(limit: 1).map(\.until) == [shelf.now + .seconds(5)])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aBatchIsThereWhenACallHasIt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1", batch: "batch_1")
        #expect(try await shelf.store.organization(of: BatchID(rawValue: "batch_1")) == Shelf.acme)
        #expect(try await shelf.store.organization(of: BatchID(rawValue: "batch_2")) == nil)
    }
}
