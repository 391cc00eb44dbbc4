import CallControl
import CallCore
import Sandbox
import Testing

extension LivePath {
    /// G8 on the sandbox's phones: one stop over a full queue and every kind of live call.
    @Suite(.timeLimit(.minutes(4))) struct EmergencyTests {
        /// Ringing for ever, talking, and joined but not yet invited.
        private static let numbers = ["+15005550003", "+15005550001", "+15005550013"]

        @Test func afterAStopNoDialLeavesAndEveryPhoneFallsSilent() async throws {
            // Phones join late, so that some dials are in flight when the stop comes.
            try await House.open(settings: NetworkSettings(joinDelay: 80), maxLive: 60) { house in
                let agent = try await house.agent()
                var calls: [CallID] = []
                for number in 0..<300 { calls.append(try await house.place(Self.numbers[number % 3], agent)) }
                try await eventually(house) { try await house.legs().count { $0.ringingAt != nil } >= 20 }
                // Lines become free and are taken again while the stop is set.
                for call in calls.prefix(6) { _ = try await house.cancel(call) }
                let stop = try await house.stops.set(.all, reason: "fire", by: house.caller)
                let returned = house.clock.now
                let late = try await house.place("+15005550001", agent)
                let settled = try await house.stops.settled(stop, within: .seconds(20))
                #expect(settled.drain.isSilent)
                try await expectSilence(house, calls + [late], after: returned)
                let drain = settled.drain.counts
                #expect(drain.cancelled == drain.matched)
                #expect((294 - 60...294).contains(drain.cancelled), "\(drain)")
                #expect(try await house.record(late).queue?.heldBy == [.stop(stop.stop.id)])
                #expect(house.spy.dials(of: late) == 0)
                // Released, what came meanwhile is dialled.
                _ = try await house.stops.release(stop.stop.id, by: house.caller)
                try await house.until(late) { $0.call.status == .active }
            }
        }

        private func expectSilence(_ house: House, _ calls: [CallID], after returned: Moment) async throws {
            let legs = Dictionary(grouping: try await house.legs(), by: \.roomName)
            for id in calls {
                let call = try await house.record(id).call
                #expect(call.phase.attempt == nil)
                // What was sent was sent before the stop, and whatever was dialled was sent.
                let sent = call.attempts.compactMap(\.dial.sentAt)
                #expect(sent.allSatisfy { $0 <= returned })
                #expect(house.spy.dials(of: id) == sent.count)
                for leg in call.attempts.flatMap({ legs[$0.room.rawValue] ?? [] }) {
                    #expect(!leg.up)
                    guard let joined = leg.joinedAt, leg.inviteAt != nil, let end = leg.byeAt ?? leg.cancelAt else {
                        continue
                    }
                    // Debug builds on a shared machine: the figure itself is measured by the benchmark.
                    #expect(end - max(joined, returned.milliseconds) < 2000)
                }
            }
            #expect(try await house.rooms().isEmpty)
        }
    }
}
