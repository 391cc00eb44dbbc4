import CallControl
import CallCore
import SQLiteStore
import Sandbox
import Testing

extension LivePath {
    /// Stops in every state and under every fault that LiveKit is known for; the sandbox's log says what the phones saw.
    @Suite(.timeLimit(.minutes(4))) struct StopTests {
        @Test(arguments: [
            ("+15005550013", CallStatus.connecting), ("+15005550003", .ringing), ("+15005550001", .active),
            ("+15005550010", .active),
        ])
        func aCancelSilencesThePhone(number: String, status: CallStatus) async throws {
            try await House.open { house in
                let call = try await house.place(number, try await house.agent("robot"))
                try await house.until(call) { $0.call.status == status }
                #expect(try await house.cancel(call, wait: .seconds(10)).status == .cancelled)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                try await expectSilence(house, record)
            }
        }

        @Test func aCancelBetweenAdmissionAndDialSendsNoDial() async throws {
            try await House.open(settings: NetworkSettings(agentDelay: 500)) { house in
                let call = try await house.place("+15005550001", try await house.agent("robot"))
                try await house.until(call) { $0.call.status == .connecting }
                _ = try await house.cancel(call)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                #expect(record.call.attempts.map(\.dial) == [.planned])
                // The agent comes late, into a room that must go as well; the attempt's dial row is closed after that.
                try await eventually(house) { try await house.store.nextWakes().dial == nil }
                try await eventually(house) { try await house.rooms().isEmpty }
                #expect(house.spy.dials(of: call) == 0)
                #expect(try await house.legs().isEmpty)
            }
        }

        @Test func anAnswerThatCrossesTheCancelIsHungUp() async throws {
            try await House.open { house in
                let call = try await house.place("+15005550009", try await house.agent())
                try await house.until(call) { $0.call.status == .ringing }
                _ = try await house.cancel(call)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                #expect(record.call.status == .cancelled)
                let room = try #require(record.call.attempts.last?.room.rawValue)
                try await eventually(house) { try await house.legs(of: room).allSatisfy { !$0.up } }
                let legs = try await house.legs(of: room)
                #expect(legs.contains { $0.answeredAt != nil && $0.byeAt != nil })
            }
        }

        /// "Deleted", says LiveKit, and the room is alive: that is no proof.
        @Test func aDeleteRoomThatLiesDoesNotVerifyATermination() async throws {
            try await House.open { house in
                let call = try await house.place("+15005550001", try await house.agent())
                try await house.until(call) { $0.call.status == .active }
                try await house.control("faults", #"{"method": "DeleteRoom", "fault": "lie", "times": 3}"#)
                let asked = try await house.cancel(call)
                #expect(asked.status == .cancelled)
                let pending = try await house.until(call) { ($0.termination?.attempts ?? 0) >= 2 }
                #expect(pending.termination?.state == .pending)
                #expect(pending.termination?.lastError != nil)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                #expect((record.termination?.attempts ?? 0) >= 4)
                try await expectSilence(house, record)
            }
        }

        struct Failure: Sendable, CustomTestStringConvertible {
            let fault: String
            let times: Int
            /// How often it is tried at least until it is verified.
            let tries: Int
            /// What the call tells of it.
            let story: String
            var testDescription: String { "\(fault) \(times) times" }
        }

        @Test(arguments: [
            Failure(fault: "unavailable", times: 5, tries: 6, story: "503"),
            Failure(fault: "late", times: 1, tries: 2, story: "503"),
            Failure(fault: "plain401", times: 3, tries: 4, story: "401"),
            Failure(fault: "hang", times: 2, tries: 3, story: "did not answer"),
            Failure(fault: "slow", times: 2, tries: 3, story: "did not answer"),
            Failure(fault: "busy", times: 3, tries: 4, story: "429"),
        ])
        func aDeleteRoomThatFailsIsTriedAgainUntilThePhoneIsSilentAndTheCallTells(failure: Failure) async throws {
            try await House.open { house in
                let call = try await house.place("+15005550001", try await house.agent())
                try await house.until(call) { $0.call.status == .active }
                try await house.control(
                    "faults",
                    """
                    {"method": "DeleteRoom", "fault": "\(failure.fault)", "times": \(failure.times), \
                    "delayMs": \(failure.fault == "slow" ? 30_000 : 0)}
                    """)
                #expect(try await house.cancel(call).status == .cancelled)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                try await expectSilence(house, record)
                let told = try #require(record.termination)
                #expect(told.attempts >= failure.tries)
                #expect(told.lastError?.contains(failure.story) == true, "\(told)")
                #expect(try await house.history(of: call).suffix(2) == [.cancelled, .terminationVerified])
            }
        }

        /// A dial whose answer is lost may ring: it is followed and adopted, never sent again.
        @Test func aDialThatWorksAndAnswers503IsAdoptedAndCanBeStopped() async throws {
            try await House.open { house in
                try await house.control("faults", #"{"method": "CreateSIPParticipant", "fault": "late", "times": 1}"#)
                let call = try await house.place("+15005550001", try await house.agent())
                try await house.until(call) { $0.call.status == .active }
                #expect(house.spy.dials(of: call) == 1)
                _ = try await house.cancel(call)
                try await expectSilence(house, try await house.until(call) { $0.termination?.state == .verified })
            }
        }

        @Test func aRoomThatNoCallNeedsIsTerminatedAndOthersRoomsAreNot() async throws {
            try await House.open { house in
                let installation = try await house.store.installation().id
                let orphan = RoomName(installation: installation, call: CallID(rawValue: "call_forgotten"), attempt: 1)
                let live = try await house.place("+15005550001", try await house.agent())
                try await house.until(live) { $0.call.status == .active }
                for name in [orphan.rawValue, "someone-elses", "sb-another-call_x-1"] { try await house.makeRoom(name) }
                try await eventually(house) { try await !house.rooms().contains(orphan.rawValue) }
                let left = try await house.rooms()
                #expect(left.contains("someone-elses"))
                #expect(left.contains("sb-another-call_x-1"))
                #expect(try await house.record(live).call.status == .active)
            }
        }

        private func expectSilence(_ house: House, _ record: CallRecord) async throws {
            #expect(record.call.status == .cancelled)
            let room = try #require(record.call.attempts.last?.room.rawValue)
            let legs = try await house.legs(of: room)
            // A dial that was stopped before its INVITE has no leg.
            #expect(legs.count <= 1)
            #expect(legs.allSatisfy { !$0.up })
            #expect(try await !house.rooms().contains(room))
        }
    }
}

/// Returns when `condition` holds; fails after ten seconds.
func eventually(_ house: House, _ condition: () async throws -> Bool) async throws {
    let deadline = house.clock.now + .seconds(10)
    while try await !condition() {
        guard house.clock.now < deadline else { throw House.Failure("it did not come to that") }
        try await house.clock.sleep(until: house.clock.now + .milliseconds(20))
    }
}
