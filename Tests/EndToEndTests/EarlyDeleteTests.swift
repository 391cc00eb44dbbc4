import CallControl
import CallCore
import Sandbox
import Testing

extension LivePath {
    /// Rooms that come back, that cannot be deleted, and a phone that hears no CANCEL.
    @Suite(.timeLimit(.minutes(2))) struct EarlyDeleteTests {
        /// Somebody else deletes the room between the dial and the phone's join, which LiveKit does not survive: the room comes back.
        private func deletedEarly(
            undeletable: Double, seed: UInt64, maxCallDuration: Int = 3_600,
            _ body: @escaping @Sendable (House, CallID, String) async throws -> Void
        ) async throws {
            let settings = NetworkSettings(joinDelay: 150, undeletableShare: undeletable, seed: seed)
            try await House.open(settings: settings, reconcileEvery: .seconds(2)) { house in
                let agent = try await house.agents.create(name: "A", by: house.caller) {
                    $0.maxCallDuration = maxCallDuration
                }
                let call = try await house.place("+15005550001", agent)
                await house.spy.dialSent(of: call)
                let room = try #require(try await house.record(call).call.attempts.last?.room.rawValue)
                try await eventually(house) { try await !house.legs(of: room).isEmpty }
                try await house.deleteRoom(room)
                try await house.until(call) { $0.call.status == .active }
                try await body(house, call, room)
            }
        }

        @Test func aRoomThatALateJoinMadeAnewIsDeletedWithItsPhone() async throws {
            try await deletedEarly(undeletable: 0, seed: 1) { house, call, room in
                _ = try await house.cancel(call)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                #expect(record.call.status == .cancelled)
                #expect(try await house.legs(of: room).allSatisfy { !$0.up })
                #expect(try await house.rooms().isEmpty)
            }
        }

        @Test func anUndeletableRoomIsFreedAndTheCallTellsOfIt() async throws {
            try await deletedEarly(undeletable: 1, seed: 1) { house, call, room in
                let began = house.clock.now
                _ = try await house.cancel(call)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                #expect(house.clock.now.since(began) <= .seconds(2))
                #expect(record.termination?.lastError?.contains("undeletable") == true)
                #expect((record.termination?.attempts ?? 0) >= 2)
                #expect(try await house.history(of: call).suffix(2) == [.cancelled, .terminationVerified])
                let leg = try #require(try await house.legs(of: room).first)
                #expect(!leg.up && leg.answeredAt != nil)
                #expect(try await house.rooms().isEmpty)
            }
        }

        /// A stated limit: the rare kind that nothing in LiveKit's API can see or stop ends by the longest duration that every dial carries.
        @Test func theRareKindThatNothingReachesEndsByItsLongestDuration() async throws {
            try await deletedEarly(undeletable: 1, seed: Self.stubbornSeed(), maxCallDuration: 30) {
                house, call, room in
                _ = try await house.cancel(call)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                #expect(record.termination?.lastError?.contains("LiveKit knew of no phone") == true)
                #expect(try await house.legs(of: room).map(\.up) == [true])
                try await house.control("clock", #"{"advanceMs": 31000}"#)
                try await eventually(house) { try await house.legs(of: room).allSatisfy { !$0.up } }
            }
        }

        /// The seed of a network in which the first early delete leads to the rare kind.
        private static func stubbornSeed() -> UInt64 {
            (1...).first { seed in
                var chance = SeededChance(seed: seed)
                return chance.strikes(1) && chance.next() % 11 == 0
            } ?? 1
        }

        /// LiveKit takes the dial up when nobody waits for it any more: the call is over, its room verified to be gone, and then it rings.
        @Test func aDialThatLiveKitTakesUpAfterItsDeadlineIsFoundAndHungUp() async throws {
            try await House.open { house in
                try await house.control(
                    "faults", #"{"method": "CreateSIPParticipant", "fault": "slow", "delayMs": 60000}"#)
                let call = try await house.place("+15005550001", try await house.agent(ringingTimeout: 5))
                await house.spy.dialSent(of: call)
                _ = try await house.cancel(call)
                let verified = try await house.until(call) { $0.termination?.state == .verified }
                #expect(try await house.legs().isEmpty)
                try await house.control("clock", #"{"advanceMs": 60000}"#)
                try await eventually(house) { try await house.legs().contains { $0.ringingAt != nil } }
                let first = try #require(verified.termination?.verifiedAt)
                try await house.until(call) { $0.termination?.verifiedAt.map { $0 > first } ?? false }
                #expect(try await house.legs().allSatisfy { !$0.up })
                #expect(try await house.history(of: call).suffix(2) == [.terminationVerified, .terminationVerified])
                #expect(house.spy.dials(of: call) == 1)
                try await eventually(house) { try await house.rooms().isEmpty }
            }
        }

        /// A stated limit: the CANCEL was lost between LiveKit and the carrier, so LiveKit shows that all is gone while the phone rings on.
        @Test func aPhoneWhoseCancelIsLostRingsToItsOwnLimitAndLiveKitCannotTell() async throws {
            try await House.open { house in
                let call = try await house.place("+15005550008", try await house.agent())
                try await house.until(call) { $0.call.status == .ringing }
                #expect(try await house.cancel(call, wait: .seconds(10)).status == .cancelled)
                let record = try await house.until(call) { $0.termination?.state == .verified }
                #expect(record.call.status == .cancelled)
                #expect(try await house.rooms().isEmpty)
                #expect(try await house.legs().map(\.up) == [true])
                try await house.control("clock", #"{"advanceMs": 20000}"#)
                try await eventually(house) { try await house.legs().allSatisfy { !$0.up } }
                #expect(try await house.legs().first?.cancelAt == nil)
            }
        }
    }
}
