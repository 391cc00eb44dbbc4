import CallControl
import CallCore
import Testing

@Suite struct OperationContract {
    private func ids(_ range: Range<Int>) -> [CallID] { range.map { CallID(rawValue: "call_\($0)") } }
    private var everything: CallQuery { CallQuery(organization: Shelf.acme) }

    @Test(arguments: StoreUnderTest.allCases)
    func aListOfIdsTellsWhatBecameOfEach(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let other = OrganizationID(rawValue: "other")
        try await shelf.addAgent(StopContract.otherAgent, of: other)
        let live = try await shelf.dialled("call_live")
        try await shelf.addCall("call_others", agent: StopContract.otherAgent, organization: other)
        try await shelf.addCall("call_waiting")
        try await shelf.addCall("call_over")
        try await shelf.receive(.cancel(shelf.cancellation("key_before")), by: CallID(rawValue: "call_over"))
        let list = ["call_live", "call_none", "call_waiting", "call_over", "call_others"].map(CallID.init(rawValue:))
        let expected = OperationCounts(matched: 5, cancelled: 2, notCancellable: 3)
        #expect(try await shelf.store.count(.ids(list), live: .hangup, of: Shelf.acme) == expected)
        #expect(try await shelf.status("call_live") == .connecting)
        try await shelf.begin(.ids(list))
        try await shelf.carryOut()
        #expect(
            try await shelf.results("op_1") == [
                OperationResult(position: 1, call: list[0], outcome: .cancelled, status: .connecting),
                OperationResult(position: 2, call: list[2], outcome: .cancelled, status: .initiated),
                OperationResult(position: 3, call: list[3], outcome: .notCancellable, status: .cancelled),
                // Nothing tells one that is not there from another organization's.
                OperationResult(position: 4, call: list[1], outcome: .notFound, status: nil),
                OperationResult(position: 5, call: list[4], outcome: .notFound, status: nil),
            ])
        let record = try await shelf.operation("op_1")
        #expect(record.counts == expected)
        #expect(record.terminationsPending == 1)
        #expect(try await shelf.store.openTerminations() == [live.room])
        #expect(try await shelf.status("call_others") == .initiated)
        #expect(try await shelf.record("call_over").call.cancelledBy?.key.rawValue == "key_before")
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aFilterCancelsWhatAListWithItWouldShow(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent)
        for number in 0..<40 {
            try await shelf.addCall(
                "call_\(number)", agent: number % 2 == 0 ? Shelf.agentID : StopContract.otherAgent,
                created: shelf.now + .seconds(number))
        }
        var query = everything
        query.agent = StopContract.otherAgent
        query.from = shelf.now + .seconds(10)
        query.statuses = [.initiated]
        query.prefix = "zo"
        #expect(try await shelf.store.count(.filter(query), live: .hangup, of: Shelf.acme).matched == 15)
        try await shelf.begin(.filter(query))
        try await shelf.carryOut()
        for number in 0..<40 {
            let wanted = number % 2 == 1 && number >= 10
            #expect(try await shelf.status("call_\(number)") == (wanted ? .cancelled : .initiated), "\(number)")
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func liveCallsCanBeLeft(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        _ = try await shelf.dialled("call_live")
        try await shelf.addCall("call_waiting")
        let expected = OperationCounts(matched: 2, cancelled: 1, notCancellable: 1)
        #expect(try await shelf.store.count(.filter(everything), live: .leave, of: Shelf.acme) == expected)
        try await shelf.begin(.filter(everything), live: .leave)
        try await shelf.carryOut()
        #expect(try await shelf.operation("op_1").counts == expected)
        #expect(try await shelf.results("op_1").map(\.outcome) == [.left, .cancelled])
        #expect(try await shelf.status("call_live") == .connecting)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func liveCallsAreHungUpBeforeTheQueueIsCleared(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<1000 { try await shelf.addCall("call_\(number)", due: shelf.now + .seconds(60)) }
        var rooms: Set<RoomName> = []
        for number in 0..<70 { rooms.insert(try await shelf.dialled("live_\(number)").room) }
        let id = try await shelf.begin(.filter(everything))
        _ = try await shelf.store.advance(id, at: shelf.now)
        #expect(try await shelf.store.openTerminations().count == 64)
        _ = try await shelf.store.advance(id, at: shelf.now)
        #expect(try await shelf.store.openTerminations() == rooms)
        #expect(try await shelf.status("call_0") == .initiated)
        try await shelf.carryOut()
        #expect(try await shelf.operation("op_1").counts == OperationCounts(matched: 1070, cancelled: 1070))
        #expect(Set(try await shelf.results("op_1").map(\.call)).count == 1070)
    }

    /// A crash between two chunks: another process goes on where this one was, and nothing is done twice.
    @Test(arguments: StoreUnderTest.allCases, [true, false])
    func whatACrashInterruptsGoesOn(_ kind: StoreUnderTest, _ byIDs: Bool) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<1300 { try await shelf.addCall("call_\(number)") }
        let id = try await shelf.begin(byIDs ? .ids(ids(0..<1300)) : .filter(everything))
        for _ in 0..<(byIDs ? 1 : 2) { #expect(try await !shelf.store.advance(id, at: shelf.now)) }
        #expect(try await shelf.operation("op_1").counts.matched == 250)
        let successor = try shelf.reopened()
        #expect(try await successor.openOperations() == [id])
        try await shelf.carryOut(with: successor, at: shelf.now + .seconds(60))
        #expect(try await shelf.operation("op_1").counts == OperationCounts(matched: 1300, cancelled: 1300))
        #expect(try await shelf.results("op_1").map(\.position) == Array(1...1300))
        #expect(Set(try await shelf.results("op_1").map(\.call)) == Set(ids(0..<1300)))
        #expect(try await shelf.record("call_0").call.cancelledBy?.at == shelf.now)
        #expect(try await shelf.record("call_1299").call.cancelledBy?.at == shelf.now + .seconds(60))
        #expect(try await successor.advance(id, at: shelf.now), "what is done stays done")
        #expect(try await successor.openOperations().isEmpty)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func twoThatCarryOutAtOnceDoEachCallOnce(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<2000 { try await shelf.addCall("call_\(number)") }
        let id = try await shelf.begin(.filter(everything))
        let successor = try shelf.reopened()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in [shelf.store, successor, shelf.store] {
                group.addTask { while try await !store.advance(id, at: shelf.now) {} }
            }
            try await group.waitForAll()
        }
        #expect(try await shelf.operation("op_1").counts == OperationCounts(matched: 2000, cancelled: 2000))
        #expect(try await shelf.results("op_1").map(\.position) == Array(1...2000))
        #expect(Set(try await shelf.results("op_1").map(\.call)).count == 2000)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func callsThatComeAfterTheRequestAreNotCancelledByIt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<600 { try await shelf.addCall("call_\(number)") }
        let id = try await shelf.begin(.filter(everything))
        for _ in 0..<2 { _ = try await shelf.store.advance(id, at: shelf.now) }
        try await shelf.addCall("call_late")
        try await shelf.carryOut()
        #expect(try await shelf.status("call_late") == .initiated)
        #expect(try await shelf.operation("op_1").counts.matched == 600)
    }

    /// A cancel of one's own, a dial: whoever comes first has the call, and the results say how it was found.
    @Test(arguments: StoreUnderTest.allCases)
    func callsThatMoveMeanwhileAreJudgedAsTheyAreWhenTheirTurnComes(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<501 { try await shelf.addCall("call_\(number)", due: shelf.now + .seconds(60)) }
        try await shelf.addCall("call_cancelled", due: shelf.now + .seconds(60))
        try await shelf.addCall("call_dialled")
        let id = try await shelf.begin(.filter(everything))
        for _ in 0..<2 { _ = try await shelf.store.advance(id, at: shelf.now) }
        try await shelf.receive(.cancel(shelf.cancellation("key_2")), by: CallID(rawValue: "call_cancelled"))
        let lease = try #require(try await shelf.admit().first?.dial)
        #expect(lease.call.id.rawValue == "call_dialled")
        try await shelf.carryOut()
        #expect(try await shelf.record("call_cancelled").call.cancelledBy?.key.rawValue == "key_2")
        #expect(try await shelf.status("call_dialled") == .cancelled)
        #expect(try await shelf.store.openTerminations() == [lease.room])
        #expect(try await shelf.operation("op_1").counts == OperationCounts(matched: 502, cancelled: 502))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func stopsAreCarriedOutBeforeAnythingElse(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.begin(.filter(everything), id: "op_first")
        try await shelf.begin(.filter(everything), id: "op_second")
        #expect(try await shelf.store.openOperations().count == 2)
        try await shelf.stop("stop_1")
        #expect(try await shelf.store.openOperations().map(\.rawValue) == ["op_stop_1"])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anOperationOverNothingIsDoneAtOnce(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for (index, target) in [CallControl.Operation.Target.ids([]), .filter(everything)].enumerated() {
            try await shelf.begin(target, id: "op_\(index)")
        }
        try await shelf.carryOut()
        #expect(try await shelf.operation("op_0").isSilent)
        #expect(try await shelf.operation("op_1").isSilent)
        #expect(try await shelf.store.operation(OperationID(rawValue: "op_none")) == nil)
    }
}
