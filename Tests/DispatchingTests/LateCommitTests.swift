import CallControl
import CallCore
import Dispatching
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// A dial whose "sent" took so long to be written that its deadline may be over before it rings.
@Suite(.timeLimit(.minutes(1))) struct LateCommitTests {
    /// The store answers late to the first so many decisions to send.
    private func hang(_ times: Int, _ office: Office) {
        let left = NIOLockedValueBox(times)
        office.meddled.afterDecide { decided in
            guard case .dialling = decided?.call.phase, decided?.verdict == .moved else { return }
            let hangs = left.withLockedValue { left in
                left -= 1
                return left >= 0
            }
            if hangs { office.clock.advance(by: .seconds(3)) }
        }
    }

    @Test func aDialThatWouldLeaveTooLateIsSentAnew() async throws {
        let office = try await Office()
        office.phone.onDial { _ in .answered(LiveKitIDs(participant: "PA_1")) }
        hang(3, office)
        let call = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status == .active }
            #expect(office.phone.dialled == [office.room(call)])
            let attempt = try #require(record.call.attempts.last)
            #expect(attempt.number == 1)
            // It says when it really left.
            #expect(try #require(attempt.dial.sentAt) >= MovableClock().now + .seconds(9))
        }
    }

    /// Its deadline runs from before, and LiveKit's own only from when it comes in.
    @Test func aDialThatWaitsTooLongForItsConnectionIsSentAnew() async throws {
        let office = try await Office()
        office.phone.onDial { _ in .answered(LiveKitIDs(participant: "PA_1")) }
        let left = NIOLockedValueBox(2)
        office.phone.onConnect {
            let hangs = left.withLockedValue { left in
                left -= 1
                return left >= 0
            }
            if hangs { office.clock.advance(by: .seconds(3)) }
        }
        let call = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status == .active }
            #expect(office.phone.dialled == [office.room(call)])
            #expect(record.call.attempts.count == 1)
            #expect(try #require(record.call.attempts.last?.dial.sentAt) >= MovableClock().now + .seconds(6))
        }
    }

    @Test func oneThatGetsTooLateForItsCallExpires() async throws {
        let office = try await Office { $0.limits.maxLateness = .seconds(5) }
        hang(.max, office)
        let call = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            #expect(record.call.attempts.last?.failureReason == .expired)
            #expect(office.phone.dialled.isEmpty)
        }
    }

    @Test func oneThatWasCancelledMeanwhileStaysAndIsHungUpAtOnce() async throws {
        let office = try await Office()
        let call = try await office.schedule()
        office.meddled.afterDecide { decided in
            guard case .dialling = decided?.call.phase, decided?.verdict == .moved else { return }
            office.clock.advance(by: .seconds(3))
            let now = office.clock.now
            let cancellation = Cancellation(
                organization: office.caller.organization, key: office.caller.key, reason: nil, at: now)
            _ = try? await office.store.decide(call, proving: nil, claimingUntil: nil, at: now) {
                $0.receiving(.cancel(cancellation), in: $1, at: now)
            }
        }
        try await office.open { office in
            let began = office.clock.now
            let record = try await office.run(until: call) { $0.termination?.state == .verified }
            #expect(office.phone.dialled.isEmpty)
            #expect(record.call.status == .cancelled)
            // Nobody waits for the deadline of a dial that never left.
            #expect(office.clock.now.since(began) < .seconds(10))
        }
    }
}
