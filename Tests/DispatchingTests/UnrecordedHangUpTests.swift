import CallControl
import CallCore
import Logging
import TestSupport
import Testing

/// A DELETE whose cancellation cannot be written down hangs up all the same, and by the same rules.
@Suite(.timeLimit(.minutes(1))) struct UnrecordedHangUpTests {
    private let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }

    private func cancel(_ call: CallID, _ office: Office, inDoubt: Bool = false) async -> ControlError? {
        do throws(ControlError) {
            let calls = inDoubt ? office.callsInDoubt : office.callsOnFullDisk
            _ = try await calls.cancel(call, by: office.caller, log: quiet)
            return nil
        } catch {
            return error
        }
    }

    @Test func anActiveCallsRoomIsDeleted() async throws {
        let office = try await Office()
        office.phone.onDial { _ in .answered(LiveKitIDs(participant: "PA_1")) }
        let call = try await office.schedule()
        try await office.open { office in
            let room = try #require(
                try await office.run(until: call) { $0.call.status == .active }.call.attempts.last?.room)
            let error = await cancel(call, office)
            #expect(error == .notStored(hungUp: true, "the disk is full"))
            #expect(office.phone.asked.contains(.delete(room)))
            // What was not written is not claimed: the departure of the phone will end the call.
            let after = try await office.record(call)
            #expect(after.call.status == .active)
            #expect(after.termination == nil)
        }
    }

    @Test func aCallThatIsBeingPlacedIsNotDialledAfterwards() async throws {
        let office = try await Office(agentName: "robot")
        office.phone.show(agent: false)
        let call = try await office.schedule()
        try await office.open { office in
            await office.phone.wait(forAsks: 1)
            let error = await cancel(call, office)
            #expect(error == .notStored(hungUp: true, "the disk is full"))
            // The disk has room again, the agent comes, and "sent" is written: the dial does not leave.
            office.phone.show(agent: true)
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            #expect(record.call.attempts.last?.failureReason == .internal)
            #expect(office.phone.dialled.isEmpty)
        }
    }

    @Test func aDialInFlightIsWaitedForAndThenHungUp() async throws {
        let office = try await Office()
        let gate = Gate()
        office.phone.onDial { _ in
            await gate.pass()
            return .answered(LiveKitIDs(participant: "PA_1"))
        }
        let call = try await office.schedule()
        try await office.open { office in
            let room = RoomName(installation: "t", call: call, attempt: 1)
            await office.phone.wait(forAsks: 2)
            async let error = cancel(call, office)
            try await office.run(until: call) { _ in office.clock.now >= MovableClock().now + .seconds(1) }
            #expect(!office.phone.asked.contains(.delete(room)))
            gate.open()
            #expect(await error == .notStored(hungUp: true, "the disk is full"))
            #expect(office.phone.asked == [.prepare(room), .dial(room), .delete(room)])
        }
    }

    @Test func aWaitingCallHasNothingToHangUp() async throws {
        let office = try await Office()
        let call = try await office.schedule(in: .seconds(3600))
        let error = await cancel(call, office)
        #expect(error == .notStored(hungUp: false, "the disk is full"))
        #expect(office.phone.asked.isEmpty)
    }

    @Test func aCallThatIsOverAndSomebodyElsesAreRefusedAsEver() async throws {
        let office = try await Office()
        let call = try await office.schedule(in: .seconds(3600))
        _ = try await office.calls.cancel(call, by: office.caller, log: quiet)
        office.clock.advance(by: .milliseconds(1))
        #expect(await cancel(call, office) == .alreadyOver(.cancelled))
        #expect(await cancel(CallID(rawValue: "call_none"), office) == .notFound)
    }

    @Test func whoseNewsWasLostIsNotRefusedForHavingBeenWritten() async throws {
        let office = try await Office()
        let call = try await office.schedule(in: .seconds(3600))
        #expect(await cancel(call, office, inDoubt: true) == .unavailable("the disk is full"))
        #expect(try await office.record(call).call.status == .cancelled)
        office.clock.advance(by: .milliseconds(1))
        #expect(await cancel(call, office, inDoubt: true) == .alreadyOver(.cancelled))
    }

    @Test func aPhoneWhoseCancelWasWrittenUnheardIsHungUpAtOnce() async throws {
        let office = try await Office()
        office.phone.onDial { _ in .answered(LiveKitIDs(participant: "PA_1")) }
        let call = try await office.schedule()
        try await office.open { office in
            let room = try #require(
                try await office.run(until: call) { $0.call.status == .active }.call.attempts.last?.room)
            #expect(await cancel(call, office, inDoubt: true) == .unavailable("the disk is full"))
            #expect(office.phone.asked.contains(.delete(room)))
            #expect(try await office.record(call).call.status == .cancelled)
        }
    }
}
