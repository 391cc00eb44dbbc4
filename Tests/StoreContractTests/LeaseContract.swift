import CallControl
import CallCore
import Testing

@Suite struct LeaseContract {
    @Test(arguments: StoreUnderTest.allCases)
    func aLeasedDialIsNobodyElsesUntilItsLeaseRunsOut(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1")
        let first = try #require(try await shelf.admit().first?.dial)
        let until = shelf.now + .seconds(8)
        #expect(try await shelf.store.leaseDials(10, at: until - .milliseconds(1), until: until + .seconds(8)).isEmpty)
        try await shelf.store.renew(dials: [first], terminations: [], until: until + .seconds(2))
        #expect(try await shelf.store.leaseDials(10, at: until, until: until + .seconds(8)).isEmpty)
        let second = try #require(
            try await shelf.store.leaseDials(10, at: until + .seconds(2), until: until + .seconds(10)).first)
        #expect(second.room == first.room)
        #expect(second.fence > first.fence)
        #expect(second.agent.id == Shelf.agentID)
    }

    /// A node that slept past its lease can neither send nor settle.
    @Test(arguments: StoreUnderTest.allCases)
    func whoLostTheLeaseDecidesNothing(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_1")
        let old = try #require(try await shelf.admit().first?.dial)
        let later = shelf.now + .seconds(9)
        let new = try #require(try await shelf.store.leaseDials(1, at: later, until: later + .seconds(8)).first)
        func send(_ lease: DialLease) async throws -> Decided? {
            try await shelf.store.decide(call, proving: DialProof(lease), claimingUntil: nil, at: later) {
                call, scene in
                call.receiving(
                    .sendDial(deadline: later + .seconds(34), LiveKitIDs()), about: lease.room, in: scene, at: later)
            }
        }
        #expect(try await send(old)?.verdict == .leaseLost)
        #expect(try await send(new)?.verdict == .moved)
        #expect(try await shelf.store.postpone(old, until: later) == false)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theOutcomeAndTheEndOfItsDialAreOneTransaction(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.dialled("call_1")
        let now = shelf.now
        let decided = try await shelf.store.decide(
            lease.call.id, proving: DialProof(lease, closing: true), claimingUntil: nil, at: now
        ) { call, scene in
            call.receiving(.failed(.answered(sip: 486)), about: lease.room, in: scene, at: now)
        }
        #expect(decided?.call.status == .busy)
        #expect(try await shelf.store.nextWakes().dial == nil)
        #expect(try await shelf.store.dial(of: lease.room) == .returned(sent: now))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func atTheStartOfTheOnlyNodeAllLeasesAreVoid(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.dialled("call_1")
        try await shelf.receive(
            .cancel(shelf.cancellation()), by: lease.call.id, claimingUntil: shelf.now + .seconds(8))
        #expect(try await shelf.store.leaseTerminations(1, at: shelf.now, until: shelf.now).isEmpty)
        try await shelf.store.voidLeases(at: shelf.now)
        #expect(
            try await shelf.store.leaseDials(9, at: shelf.now, until: shelf.now + .seconds(8)).map(\.room) == [
                lease.room
            ])
        #expect(
            try await shelf.store.leaseTerminations(9, at: shelf.now, until: shelf.now + .seconds(8)).map(\.room)
                == [lease.room])
    }
}

@Suite struct TerminationContract {
    @Test(arguments: StoreUnderTest.allCases)
    func aCancelClaimsItsTermination(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, lease) = try await shelf.cancelled("call_1")
        #expect(lease.room == dial.room)
        #expect(lease.dial == .out(sent: shelf.now, deadline: shelf.now + .seconds(34)))
        #expect(try await shelf.store.settle(.verified, of: lease, at: shelf.now + .seconds(1)))
        let record = try #require(try await shelf.store.call(dial.call.id, at: shelf.now))
        #expect(record.termination?.state == .verified)
        #expect(record.termination?.verifiedAt == shelf.now + .seconds(1))
        #expect(try await shelf.store.openTerminations().isEmpty)
    }

    /// However many rooms are only to be tidied away, a phone that may be up does not wait for them.
    @Test(arguments: StoreUnderTest.allCases)
    func phonesThatMayBeUpAreHungUpFirst(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        func end(_ id: String, _ event: CallEvent, after seconds: Int) async throws -> RoomName {
            let dial = try await shelf.dialled(id)
            try await shelf.receive(event, by: dial.call.id, about: dial.room, at: shelf.now + .seconds(seconds))
            return dial.room
        }
        let busy = try await end("call_1", .failed(.answered(sip: 486)), after: 0)
        let declined = try await end("call_2", .failed(.answered(sip: 603)), after: 1)
        let heardOf = try await end("call_3", .failed(.answered(sip: 486)), after: 2)
        try await shelf.receive(.joined(LiveKitIDs()), by: CallID(rawValue: "call_3"), about: heardOf)
        let lost = try await end("call_4", .failed(DialFailure(status: .failed, reason: .lost)), after: 3)
        let cancelled = try await end("call_5", .cancel(shelf.cancellation()), after: 4)
        let later = shelf.now + .seconds(9)
        let first = try await shelf.store.leaseTerminations(4, at: later, until: later + .seconds(8))
        #expect(first.map(\.room) == [heardOf, lost, cancelled, busy])
        #expect(first.map(\.isPhoneDown) == [false, false, false, true])
        let second = try await shelf.store.leaseTerminations(4, at: later, until: later + .seconds(8))
        #expect(second.map(\.room) == [declined])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aSignOfLifeOpensAVerifiedTerminationAgainAndAddsNone(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, lease) = try await shelf.cancelled("call_1")
        #expect(try await shelf.store.settle(.verified, of: lease, at: shelf.now))
        try await shelf.receive(.joined(LiveKitIDs()), by: dial.call.id, about: dial.room)
        let again = try await shelf.store.leaseTerminations(9, at: shelf.now, until: shelf.now + .seconds(8))
        #expect(again.map(\.room) == [dial.room])
        #expect((again.first?.armed ?? 0) > lease.armed)
    }

    /// The look that found nothing was before the sign of life: it must not close the termination.
    @Test(arguments: StoreUnderTest.allCases)
    func aVerificationThatASignOfLifeOvertookDoesNotCount(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, lease) = try await shelf.cancelled("call_1")
        try await shelf.receive(.joined(LiveKitIDs()), by: dial.call.id, about: dial.room)
        #expect(try await shelf.store.settle(.verified, of: lease, at: shelf.now) == false)
        #expect(try await shelf.store.call(dial.call.id, at: shelf.now)?.termination?.state == .pending)
        #expect(try await shelf.store.leaseTerminations(9, at: shelf.now, until: shelf.now).count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anExpiredTerminationLeaseSettlesNothing(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, old) = try await shelf.cancelled("call_1")
        let later = shelf.now + .seconds(8)
        let new = try #require(try await shelf.store.leaseTerminations(1, at: later, until: later + .seconds(8)).first)
        #expect(try await shelf.store.settle(.verified, of: old, at: later) == false)
        #expect(try await shelf.store.settle(.again(at: later, error: "no answer"), of: new, at: later))
        let shown = try await shelf.store.call(dial.call.id, at: later)?.termination
        #expect(shown?.state == .pending)
        #expect(shown?.lastError == "no answer")
    }

    /// The renewal was on its way when the try was settled; it may not put the next try off.
    @Test(arguments: StoreUnderTest.allCases)
    func aLateRenewalDoesNotMoveWhatWasSettled(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, lease) = try await shelf.cancelled("call_1")
        let soon = shelf.now + .milliseconds(100)
        #expect(try await shelf.store.settle(.again(at: soon, error: nil), of: lease, at: shelf.now))
        #expect(try await shelf.store.postpone(dial, until: soon))
        try await shelf.store.renew(dials: [dial], terminations: [lease], until: shelf.now + .seconds(60))
        #expect(try await shelf.store.leaseTerminations(1, at: soon, until: soon + .seconds(8)).count == 1)
        #expect(try await shelf.store.leaseDials(1, at: soon, until: soon + .seconds(8)).count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func afterAMinuteWithoutSuccessItIsStuckAndGoesOn(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let dial = try await shelf.dialled("call_1")
        try await shelf.receive(.cancel(shelf.cancellation()), by: dial.call.id)
        for (seconds, state) in [(59, Termination.State.pending), (60, .stuck), (61, .stuck)] {
            let at = shelf.now + .seconds(seconds)
            let lease = try #require(try await shelf.store.leaseTerminations(1, at: at, until: at + .seconds(8)).first)
            #expect(try await shelf.store.settle(.again(at: at, error: "503"), of: lease, at: at))
            #expect(try await shelf.store.call(dial.call.id, at: at)?.termination?.state == state)
        }
        let at = shelf.now + .seconds(70)
        let lease = try #require(try await shelf.store.leaseTerminations(1, at: at, until: at + .seconds(8)).first)
        #expect(try await shelf.store.settle(.verified, of: lease, at: at))
        #expect(try await shelf.store.call(dial.call.id, at: at)?.termination?.state == .verified)
    }

    /// A try that hangs settles nothing, and the alarm is raised all the same, once; its holder goes on.
    @Test(arguments: StoreUnderTest.allCases)
    func whatIsHeldIsMarkedAsStuckTooAndOnlyOnce(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, lease) = try await shelf.cancelled("call_1")
        let late = shelf.now + .seconds(60)
        #expect(try await shelf.store.markStuck(at: late - .milliseconds(1)).isEmpty)
        #expect(try await shelf.store.markStuck(at: late) == [dial.room])
        #expect(try await shelf.store.markStuck(at: late + .seconds(1)).isEmpty)
        #expect(try await shelf.store.call(dial.call.id, at: late)?.termination?.state == .stuck)
        #expect(try await shelf.store.settle(.again(at: late, error: "503"), of: lease, at: late))
        #expect(try await shelf.store.call(dial.call.id, at: late)?.termination?.state == .stuck)
        let next = try #require(try await shelf.store.leaseTerminations(1, at: late, until: late + .seconds(8)).first)
        #expect(try await shelf.store.settle(.verified, of: next, at: late))
        #expect(try await shelf.store.markStuck(at: late + .seconds(90)).isEmpty)
        #expect(try await shelf.store.call(dial.call.id, at: late)?.termination?.state == .verified)
    }

    /// What went wrong on the way is still told when it came right.
    @Test(arguments: StoreUnderTest.allCases)
    func theLastErrorIsKept(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, first) = try await shelf.cancelled("call_1")
        #expect(try await shelf.store.settle(.again(at: shelf.now, error: "503"), of: first, at: shelf.now))
        for settlement in [TerminationSettlement.again(at: shelf.now, error: nil), .verified] {
            let lease = try #require(
                try await shelf.store.leaseTerminations(1, at: shelf.now, until: shelf.now + .seconds(8)).first)
            #expect(try await shelf.store.settle(settlement, of: lease, at: shelf.now))
        }
        let shown = try await shelf.store.call(dial.call.id, at: shelf.now)?.termination
        #expect(shown?.state == .verified)
        #expect(shown?.attempts == 3)
        #expect(shown?.lastError == "503")
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aRoomOfNoCallCanBeTerminatedToo(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let room = RoomName(rawValue: "sb-t-call_unknown-1")
        try await shelf.store.terminate(room, at: shelf.now)
        let lease = try #require(
            try await shelf.store.leaseTerminations(1, at: shelf.now, until: shelf.now + .seconds(8)).first)
        #expect(lease.call == nil)
        #expect(lease.dial == .planned)
        #expect(try await shelf.store.settle(.verified, of: lease, at: shelf.now))
    }
}
