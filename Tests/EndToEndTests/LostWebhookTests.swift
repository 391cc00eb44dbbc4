import CallControl
import CallCore
import SQLiteStore
import Sandbox
import Testing

extension LivePath {
    /// What only a webhook tells, when none comes.
    @Suite(.timeLimit(.minutes(2))) struct LostWebhookTests {
        /// LiveKit gives up on a receiver that is away and drops what is older than 30 s: after 40 s it tells nothing of that time any more.
        @Test func whatHappenedWhileTheReceiverWasAwayIsFoundByTheComparison() async throws {
            try await House.open(webhooks: true, reconcileEvery: .seconds(3)) { house in
                let agent = try await house.agent("robot")
                let leaving = try await house.place("+15005550002", agent)
                let staying = try await house.place("+15005550001", agent)
                for call in [leaving, staying] { try await house.until(call) { $0.call.status == .active } }
                // Two rooms started, two agents and two phones joined.
                try await eventually(house) { house.door.taken >= 6 }
                house.door.set(away: true)
                let installation = try await house.store.installation().id
                let orphan = RoomName(installation: installation, call: CallID(rawValue: "call_lost"), attempt: 1)
                try await house.makeRoom(orphan.rawValue)
                // The phone hangs up, and forty seconds pass for LiveKit.
                try await eventually(house) { try await house.legs().contains { $0.number.hasSuffix("2") && !$0.up } }
                let taken = house.door.taken
                for _ in 0..<40 {
                    try await house.control("clock", #"{"advanceMs": 1000}"#)
                    try await house.clock.sleep(until: house.clock.now + .milliseconds(10))
                }
                house.door.set(away: false)
                // Three comparisons: by the interval of the product, 30 s.
                let record = try await house.until(leaving, within: .seconds(9)) { $0.call.status.isFinal }
                #expect(record.call.status == .completed)
                try await eventually(house) { try await !house.rooms().contains(orphan.rawValue) }
                #expect(try await house.record(staying).call.status == .active)
                #expect(house.door.taken >= taken)
                _ = try await house.cancel(staying)
                try await house.until(staying) { $0.termination?.state == .verified }
                #expect(try await house.legs().allSatisfy { !$0.up })
                try await eventually(house) { try await house.rooms().isEmpty }
            }
        }
    }
}
