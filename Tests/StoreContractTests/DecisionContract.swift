import CallControl
import CallCore
import Testing

@Suite struct DecisionContract {
    @Test(arguments: StoreUnderTest.allCases)
    func ofManyCancelsAtOnceExactlyOneIsGranted(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_1")
        let verdicts = try await withThrowingTaskGroup(of: Decided.Verdict?.self) { group in
            for number in 0..<64 {
                group.addTask {
                    try await shelf.receive(.cancel(shelf.cancellation("key_\(number)")), by: call)?.verdict
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(verdicts.count { $0 == .moved } == 1)
        #expect(verdicts.count { $0 == .refused(.alreadyOver(.cancelled)) } == 63)
    }

    /// Members of one commit for the same call run one after the other, each on its predecessor's result.
    @Test(arguments: StoreUnderTest.allCases)
    func aCancelAndAnAnswerInOneBatchComeToOneOutcome(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for round in 0..<50 {
            let lease = try await shelf.dialled("call_\(round)")
            async let cancelled = shelf.receive(.cancel(shelf.cancellation()), by: lease.call.id)
            async let answered = shelf.receive(
                .answered(LiveKitIDs(participant: "PA"), dialReturned: true), by: lease.call.id, about: lease.room)
            async let second = shelf.receive(.cancel(shelf.cancellation("key_2")), by: lease.call.id)
            let verdicts = [try await cancelled?.verdict, try await second?.verdict]
            _ = try await answered
            #expect(verdicts.count { $0 == .moved } == 1)
            let record = try #require(try await shelf.store.call(lease.call.id, at: shelf.now))
            #expect(record.call.status == .cancelled)
            // Whoever came first: the room is ordered away, by one row.
            #expect(record.termination?.state == .pending)
            #expect(try await shelf.store.openTerminations().contains(lease.room))
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aRefusedOrStayingDecisionWritesNothing(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_1")
        let before = try await shelf.store.call(call, at: shelf.now)
        let stranger = Cancellation(
            organization: OrganizationID(rawValue: "other"), key: KeyID(rawValue: "k"), reason: nil, at: shelf.now)
        #expect(
            try await shelf.receive(.cancel(stranger), by: call)?.verdict == .refused(.belongsToAnotherOrganization))
        #expect(try await shelf.receive(.ringing, by: call)?.verdict == .stayed)
        #expect(try await shelf.store.call(call, at: shelf.now) == before)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anUnknownCallIsNil(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        #expect(try await shelf.receive(.ringing, by: CallID(rawValue: "call_none")) == nil)
        #expect(try await shelf.store.call(CallID(rawValue: "call_none"), at: shelf.now) == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aCallIsReadBackAsItWasWrittenInEveryPhase(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.dialled("call_1")
        let steps: [CallEvent] = [
            .joined(LiveKitIDs(participant: "PA", sipCall: "SCL", carrierCall: "CA")), .ringing,
            .left(Departure(reason: .userRejected, wasAnswered: false)), .dialLost,
        ]
        for event in steps {
            let decided = try #require(try await shelf.receive(event, by: lease.call.id, about: lease.room))
            let read = try #require(try await shelf.store.call(lease.call.id, at: shelf.now)).call
            #expect(read == decided.call)
        }
        #expect(try await shelf.store.call(lease.call.id, at: shelf.now)?.call.status == .failed)
    }

    /// One member that breaks a constraint must not take the others of its batch down.
    @Test(arguments: StoreUnderTest.allCases)
    func aBrokenMemberOfABatchFailsAlone(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_0")
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<60 {
                group.addTask {
                    // Every tenth repeats the id that is there already.
                    let id = number % 10 == 0 ? "call_0" : "call_\(number)"
                    return (number, (try? await shelf.addCall(id)) != nil)
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<60 {
            #expect(outcomes[number] == (number % 10 != 0))
            if number % 10 != 0 {
                #expect(try await shelf.store.call(CallID(rawValue: "call_\(number)"), at: shelf.now) != nil)
            }
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aCancelledCallersDecisionStillCommits(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_1")
        let caller = Task { try await shelf.receive(.cancel(shelf.cancellation()), by: call) }
        caller.cancel()
        #expect(try await caller.value?.verdict == .moved)
        #expect(try await shelf.store.call(call, at: shelf.now)?.call.status == .cancelled)
    }
}
