import CallControl
import CallCore
import Sandbox
import Testing

extension LivePath {
    /// G2, the measured danger: a cancel that comes while the dial is on its way must not bring the phone back.
    @Suite(.timeLimit(.minutes(4))) struct CancelWindowTests {
        /// It rings for a second, which is time enough on a busy machine, and then talks for longer than the test.
        private static let phone = "+15005551234"

        /// 20 cancels in each cell: so many ms after the dial was sent, with so long a way from the SIP node to the room.
        @Test(arguments: [5, 12, 80], [0, 1, 2, 5, 10, 15, 20, 50, 200])
        func noPhoneAnswersAndNothingIsLeft(joinDelay: Int, asked: Int) async throws {
            try await House.open(settings: NetworkSettings(joinDelay: Int64(joinDelay), seed: UInt64(asked + 1))) {
                house in
                let agent = try await house.agent()
                let cancelled = try await withThrowingTaskGroup(of: (CallID, Int64).self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            let call = try await house.place(Self.phone, agent)
                            await house.spy.dialSent(of: call)
                            try await house.clock.sleep(until: house.clock.now + .milliseconds(asked))
                            let at = house.clock.now.milliseconds
                            _ = try await house.cancel(call)
                            return (call, at)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                for (call, at) in cancelled {
                    let record = try await house.until(call) { $0.termination?.state == .verified }
                    #expect(record.call.status == .cancelled)
                    #expect(house.spy.dials(of: call) == 1)
                    let room = try #require(record.call.attempts.last?.room)
                    for leg in try await house.legs(of: room.rawValue) {
                        #expect(!leg.up)
                        // The phone picks up a second after its INVITE: nobody may have done so once the cancel was asked.
                        #expect(leg.answeredAt.map { $0 < at } ?? true, "answered \(leg)")
                    }
                }
                #expect(try await house.rooms().isEmpty)
            }
        }
    }
}
