import CallControl
import CallCore
import Dispatching
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// How a hang-up goes on when LiveKit does not do what it is asked, and when somebody must be told.
@Suite(.timeLimit(.minutes(1))) struct TerminationTests {
    /// An office with one talking call whose room and phone stay until the test says otherwise.
    private func office() async throws -> (Office, CallID) {
        let office = try await Office(hangUpWithin: .zero)
        let call = try await office.talk()
        office.phone.onList { [room = office.room(call)] () throws(PhoneFailure) in
            [ListedRoom(name: room, participants: 1)]
        }
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        office.phone.show(gone: false)
        return (office, call)
    }

    private func cancel(_ call: CallID, _ office: Office) async throws {
        _ = try await office.calls.cancel(call, by: office.caller, log: .silent)
    }

    /// Neither the delete nor a look is ever answered, so no try is ever settled.
    @Test func aTryThatHangsIsStuckWithinFiveSecondsOfItsMinute() async throws {
        let (office, call) = try await office()
        office.phone.onDelete { [clock = office.clock] _ throws(PhoneFailure) in
            try? await clock.sleep(until: clock.now + .seconds(3_600))
            throw .unreachable("timed out")
        }
        try await office.open { office in
            try await office.pass(.seconds(5)) { office.phone.surveys == 1 }
            office.phone.show(looksFail: true)
            let asked = office.clock.now
            try await cancel(call, office)
            let stuck = try await office.pass(.seconds(70)) {
                try await office.record(call).termination?.state == .stuck
            }
            #expect(stuck.since(asked) >= .seconds(60))
            #expect(stuck.since(asked) <= .seconds(65))
            #expect(try await office.record(call).termination?.attempts == 0)
            // LiveKit answers looks again: the room has gone meanwhile, which the try that hangs finds out by itself.
            office.phone.show(looksFail: false)
            office.phone.show(gone: true)
            try await office.pass(.seconds(2)) { try await office.record(call).termination?.state == .verified }
            // Said once, and taken back once.
            let told = try await office.calls.events(of: call, by: office.caller, after: 0, limit: 100).events
            #expect(told.map(\.notice).suffix(3) == [.cancelled, .terminationStuck, .terminationVerified])
            #expect(told.count { $0.notice == .terminationStuck } == 1)
        }
    }

    @Test func aHangUpThatWaitsForItsDialIsStuckAfterAMinuteAndGoesOn() async throws {
        let office = try await Office(hangUpWithin: .zero)
        _ = try await office.agents.update(office.agent.id, by: office.caller) { $0.ringingTimeout = 75 }
        let gate = office.holdDials()
        let call = try await office.schedule()
        try await office.open { office in
            // Whatever fails here, the dial comes back.
            defer { gate.open() }
            await office.phone.wait(forAsks: 2)
            try await cancel(call, office)
            try await office.pass(.seconds(65)) { try await office.record(call).termination?.state == .stuck }
            #expect(office.phone.asked.count == 2, "a DeleteRoom went out while the dial was in flight")
            gate.open()
            try await office.pass(.seconds(2)) { try await office.record(call).termination?.state == .verified }
        }
    }

    /// LiveKit takes half a minute over a DeleteRoom and answers everything else.
    @Test func aSlowDeleteIsNotWaitedForWhileALookShowsThatTheRoomIsThere() async throws {
        let (office, call) = try await office()
        let slow = Countdown(1)
        office.phone.onDelete { [clock = office.clock, phone = office.phone] _ throws(PhoneFailure) in
            if slow.next() {
                try? await clock.sleep(until: clock.now + .seconds(30))
                throw .unreachable("timed out")
            }
            phone.show(gone: true)
            return .deleted
        }
        try await office.open { office in
            let asked = office.clock.now
            try await cancel(call, office)
            let done = try await office.pass(.seconds(5), step: .milliseconds(100)) {
                try await office.record(call).termination?.state == .verified
            }
            #expect(done.since(asked) <= .seconds(2))
            #expect(office.phone.asked.count == 2)
            #expect(try await office.record(call).termination?.lastError?.contains("did not answer") == true)
        }
    }

    @Test func aDeleteThatWorksAndIsNotAnsweredIsFoundOutByALook() async throws {
        let (office, call) = try await office()
        office.phone.onDelete { [clock = office.clock, phone = office.phone] _ throws(PhoneFailure) in
            phone.show(gone: true)
            try? await clock.sleep(until: clock.now + .seconds(30))
            throw .unreachable("timed out")
        }
        try await office.open { office in
            try await cancel(call, office)
            try await office.pass(.seconds(2)) { try await office.record(call).termination?.state == .verified }
            #expect(office.phone.asked.count == 1)
        }
    }

    /// A DeleteRoom whose answer is lost does its work all the same, and LiveKit shows no room before the phone has heard of it.
    @Test func aRoomThatIsFoundGoneIsNotCalledSilentBeforeItsPhoneHasHeard() async throws {
        let office = try await Office(hangUpWithin: .zero, jitter: 0.75)
        let call = try await office.talk()
        office.phone.show(gone: false)
        let deleted = NIOLockedValueBox<Moment?>(nil)
        office.phone.onDelete { [clock = office.clock, phone = office.phone] _ throws(PhoneFailure) in
            phone.show(gone: true)
            deleted.withLockedValue { $0 = clock.now }
            throw .unreachable("connection reset")
        }
        try await office.open { office in
            try await cancel(call, office)
            try await office.pass(.seconds(5), step: .milliseconds(25)) {
                try await office.record(call).termination?.state == .verified
            }
            let at = try #require(deleted.withLockedValue { $0 })
            let verifiedAt = try #require(try await office.record(call).termination?.verifiedAt)
            #expect(verifiedAt.since(at) >= DispatchPolicy().silenceAfterDelete)
            #expect(office.phone.asked.count == 1, "what is gone is deleted again")
        }
    }

    /// However long LiveKit was away, the next try is never further off than a second and a quarter.
    @Test(arguments: [0.75, 1.25])
    func theTriesNeverGetFurtherApart(jitter: Double) async throws {
        let office = try await Office(hangUpWithin: .zero, jitter: jitter)
        let call = try await office.talk()
        office.phone.show(gone: false)
        let tries = NIOLockedValueBox<[Moment]>([])
        office.phone.onDelete { [clock = office.clock] _ throws(PhoneFailure) in
            tries.withLockedValue { $0.append(clock.now) }
            throw .unreachable("503")
        }
        try await office.open { office in
            try await cancel(call, office)
            try await office.pass(.seconds(30), step: .milliseconds(50)) { tries.withLockedValue { $0.count } == 12 }
            let all = tries.withLockedValue { $0 }
            let pauses = zip(all, all.dropFirst()).map { $1.since($0).milliseconds }
            #expect(pauses.max() ?? .max <= 1_500)
            #expect(try #require(pauses.first) < pauses[8], "\(pauses)")
            // Drawn anew for each, so that many that failed together do not come back together.
            #expect(Double(pauses[8]) >= 1_000 * jitter)
        }
    }

    enum Undeletable: CaseIterable {
        /// RemoveParticipant hangs the phone up, and the room goes with it.
        case removing
        /// RemoveParticipant hangs the phone up, and the room stays.
        case remakingAfterRemoval
        /// LiveKit knows of no phone; making the room anew and deleting it does it.
        case remakingWithoutPhone
        /// LiveKit does not answer RemoveParticipant at first.
        case removingTwice
    }

    @Test(arguments: Undeletable.allCases)
    func anUndeletableRoomGoesStepByStep(kind: Undeletable) async throws {
        let (office, call) = try await office()
        let room = office.room(call)
        let refusals = Countdown(kind == .removingTwice ? 1 : 0)
        office.phone.onDelete { _ throws(PhoneFailure) in .undeletable }
        office.phone.onRemove { [phone = office.phone] _ throws(PhoneFailure) in
            if refusals.next() { throw .unreachable("503") }
            if kind == .removing { phone.show(gone: true) }
            return kind != .remakingWithoutPhone
        }
        office.phone.onRemake { [phone = office.phone] _ throws(PhoneFailure) in phone.show(gone: true) }
        try await office.open { office in
            try await cancel(call, office)
            try await office.pass(.seconds(5)) { try await office.record(call).termination?.state == .verified }
            let story = try #require(try await office.record(call).termination)
            #expect(story.lastError?.contains("undeletable") == true)
            switch kind {
            case .removing: #expect(office.phone.asked == [.delete(room), .remove(room)])
            case .remakingAfterRemoval, .remakingWithoutPhone:
                #expect(office.phone.asked == [.delete(room), .remove(room), .remake(room)])
            // A room made anew may put the phone out of reach: not before LiveKit has answered for the phone.
            case .removingTwice:
                #expect(
                    office.phone.asked == [.delete(room), .remove(room), .delete(room), .remove(room), .remake(room)])
            }
        }
    }
}

extension Logger {
    /// Says nothing.
    static var silent: Logger {
        var log = Logger(label: "silent")
        log.logLevel = .critical
        return log
    }
}
