import CallControl
import CallCore
import Dispatching
import Logging
import TestSupport
import Testing

/// The first DeleteRoom of a cancel goes out in the request's own task; everything after it is the lane's.
@Suite(.timeLimit(.minutes(1))) struct FirstDeleteTests {
    /// An office whose phones are seen to talk, so that nothing but a cancel ends their calls.
    private func office(_ change: (inout DispatchPolicy) -> Void = { _ in }) async throws -> Office {
        let office = try await Office(change)
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        return office
    }

    private func cancel(_ call: CallID, _ office: Office, wait: Duration? = nil) async throws {
        _ = try await office.calls.cancel(call, by: office.caller, waitForVerification: wait, log: .silent)
    }

    private func termination(of call: CallID, _ office: Office) async throws -> Termination? {
        try await office.record(call).termination
    }

    @Test func theRequestWaitsForNoLane() async throws {
        let office = try await office()
        let call = try await office.talk()
        // Nobody runs the dispatcher.
        try await cancel(call, office)
        #expect(office.phone.asked == [.delete(office.room(call))])
        #expect(try await termination(of: call, office)?.state == .pending)
        // The lane looks after the room, and deletes it no second time.
        try await office.open { office in
            try await office.pass(.seconds(2)) { try await termination(of: call, office)?.state == .verified }
            #expect(office.phone.asked.count == 1)
            #expect(try await termination(of: call, office)?.attempts == 1)
        }
    }

    @Test func whoeverWaitsForTheLookGetsIt() async throws {
        let office = try await office()
        let call = try await office.talk()
        try await office.open { office in
            async let done: Void = cancel(call, office, wait: .seconds(5))
            try await office.pass(.seconds(2)) { try await termination(of: call, office)?.state == .verified }
            try await done
            #expect(office.phone.asked.count == 1)
        }
    }

    @Test func aDialInFlightIsWaitedForFirst() async throws {
        let office = try await Office()
        let gate = office.holdDials()
        let call = try await office.schedule()
        try await office.open { office in
            // Whatever fails here, the dial comes back.
            defer { gate.open() }
            await office.phone.wait(forAsks: 2)
            async let done: Void = cancel(call, office)
            try await office.pass(.seconds(5)) { office.clock.now >= MovableClock().now + .seconds(3) }
            try await done
            #expect(office.phone.asked.count == 2, "a DeleteRoom went out while the dial was in flight")
            gate.open()
            try await office.pass(.seconds(2)) { try await termination(of: call, office)?.state == .verified }
            #expect(office.phone.asked.last == .delete(office.room(call)))
        }
    }

    /// Neither the first DeleteRoom nor a look is ever answered.
    @Test func atTheLimitTheLaneTakesOver() async throws {
        let office = try await office()
        let call = try await office.talk()
        let hung = Countdown(1)
        office.phone.onDelete { [clock = office.clock, phone = office.phone] _ throws(PhoneFailure) in
            if hung.next() {
                try? await clock.sleep(until: clock.now + .seconds(3600))
                throw .unreachable("timed out")
            }
            phone.show(gone: true)
            return .deleted
        }
        try await office.open { office in
            office.phone.show(gone: false)
            office.phone.show(looksFail: true)
            let asked = office.clock.now
            async let done: Void = cancel(call, office)
            let told = try await office.pass(.seconds(3)) { try await termination(of: call, office)?.lastError != nil }
            try await done
            #expect(told.since(asked) >= .seconds(2))
            #expect(try await termination(of: call, office)?.lastError?.contains("did not answer") == true)
            #expect(office.phone.asked.count == 1)
            office.phone.show(looksFail: false)
            try await office.pass(.seconds(2)) { try await termination(of: call, office)?.state == .verified }
            #expect(office.phone.asked.count == 2)
        }
    }

    @Test func aDeleteThatFailsIsTheFirstOfItsTries() async throws {
        let office = try await office()
        let call = try await office.talk()
        let refused = Countdown(1)
        office.phone.onDelete { [phone = office.phone] _ throws(PhoneFailure) in
            if refused.next() { throw .unreachable("503") }
            phone.show(gone: true)
            return .deleted
        }
        try await office.open { office in
            office.phone.show(gone: false)
            async let done: Void = cancel(call, office)
            try await office.pass(.seconds(2)) { try await termination(of: call, office)?.state == .verified }
            try await done
            #expect(office.phone.asked.count == 2)
            #expect(try await termination(of: call, office)?.attempts == 2)
            #expect(try await termination(of: call, office)?.lastError == "503")
        }
    }

    /// Only so many rooms are deleted at a time, whoever does it.
    @Test func whereAllPlacesAreTakenTheRequestWaitsItsTurn() async throws {
        let office = try await office { $0.hangUpsAtATime = 1 }
        let (first, second) = (try await office.talk(), try await office.talk())
        let gate = Gate()
        office.phone.onDelete { [room = office.room(first)] asked throws(PhoneFailure) in
            if asked == room { await gate.pass() }
            return .deleted
        }
        try await office.open { office in
            defer { gate.open() }
            async let one: Void = cancel(first, office)
            await office.phone.wait(forAsks: 1)
            async let two: Void = cancel(second, office)
            try await office.pass(.seconds(1)) { try await office.record(second).call.phase.attempt == nil }
            for _ in 0..<8 { await SerialTasks.settle() }
            #expect(office.phone.asked == [.delete(office.room(first))])
            gate.open()
            try await office.pass(.seconds(3)) {
                let (one, two) = (try await termination(of: first, office), try await termination(of: second, office))
                return one?.state == .verified && two?.state == .verified
            }
            _ = try await (one, two)
            #expect(office.phone.asked == [.delete(office.room(first)), .delete(office.room(second))])
        }
    }
}
