import CallControl
import CallCore
import Dispatching
import SQLiteStore
import TestSupport
import Testing

/// LiveKit refuses connections for ten minutes, and comes back.
@Suite(.timeLimit(.minutes(2))) struct OutageTests {
    @Test func tenMinutesWithoutLiveKitLoseNothingAndHealInTwoSeconds() async throws {
        let office = try await Office(hangUpWithin: .zero) { policy in
            policy.limits.maxLive = 40
            policy.limits.maxLateness = .seconds(300)
        }
        var talking: [CallID] = []
        for _ in 0..<20 { talking.append(try await office.talk()) }
        var early: [CallID] = []
        for _ in 0..<10 { early.append(try await office.schedule(in: .seconds(10))) }
        var late: [CallID] = []
        for _ in 0..<15 { late.append(try await office.schedule(in: .seconds(540))) }
        let (live, expiring, dialled) = (talking, early, late)
        let rooms = live.map { ListedRoom(name: office.room($0), participants: 1) }
        office.phone.onList { () throws(PhoneFailure) in rooms }
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        office.phone.show(gone: false)
        office.phone.onDelete { [phone = office.phone] _ throws(PhoneFailure) in
            phone.show(gone: true)
            return .deleted
        }
        try await office.open { office in
            try await office.pass(.seconds(5)) { office.phone.surveys == 20 }
            office.phone.set(down: true)
            for call in live.prefix(10) { _ = try await office.calls.cancel(call, by: office.caller, log: .silent) }
            let end = office.clock.now + .seconds(600)
            var busiest = 0
            var fullest = 0
            try await office.pass(.seconds(601), step: .seconds(1)) {
                busiest = max(busiest, office.clock.sleepers)
                fullest = max(fullest, try await office.store.liveCalls())
                return office.clock.now >= end
            }
            // Each live call, and each hang-up, is one job that waits or none; the rest is the three that never end.
            #expect(fullest <= 40)
            #expect(busiest <= 40 + 10 + 3)
            for call in live.prefix(10) { #expect(try await office.record(call).termination?.state == .stuck) }
            // Nobody answers, so nobody shows that these are over: they go on.
            for call in live.suffix(10) { #expect(try await office.record(call).call.status == .active) }
            for call in expiring {
                let record = try await office.record(call)
                #expect(record.call.status == .failed)
                #expect(record.call.attempts.last?.failureReason == .expired)
            }
            #expect(office.phone.asked.isEmpty)

            office.phone.set(down: false)
            let back = office.clock.now
            let healed = try await office.pass(.seconds(10), step: .milliseconds(100)) {
                for call in live.prefix(10) {
                    guard try await office.record(call).termination?.state == .verified else { return false }
                }
                return office.phone.dialled.count == dialled.count
            }
            #expect(healed.since(back) <= .seconds(2))
            #expect(Set(office.phone.dialled) == Set(dialled.map(office.room)))
            for call in live.suffix(10) { #expect(try await office.record(call).call.status == .active) }
        }
    }
}
