import CallControl
import CallCore
import Dispatching
import Logging
import NIOConcurrencyHelpers
import SQLiteStore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct DispatcherTests {
    @Test func aCallIsDialledAtItsTimeAndNotBefore() async throws {
        let office = try await Office()
        try await office.open { office in
            let call = try await office.schedule(in: .seconds(30))
            let due = office.clock.now + .seconds(30)
            // Reconciler, lease keeper and ticker sleep; the ticker until the call is due.
            await office.clock.waitForSleepers(3)
            office.clock.move(to: due - .milliseconds(3))
            await SerialTasks.settle()
            #expect(try await office.record(call).call.status == .initiated)
            // On paper it is begun a moment ahead, and nobody hears of it.
            office.clock.move(to: due - .milliseconds(2))
            await SerialTasks.settle()
            #expect(try await office.record(call).call.status == .connecting)
            office.clock.move(to: due - .milliseconds(1))
            await SerialTasks.settle()
            #expect(office.phone.asked.isEmpty)
            office.clock.move(to: due)
            await office.phone.wait(forAsks: 2)
            #expect(office.phone.dialled == [RoomName(installation: "t", call: call, attempt: 1)])
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            #expect(record.call.status == .busy)
            #expect(record.call.attempts.first?.startedAt == due)
        }
    }

    /// It has not been heard of, and is not.
    @Test func aCallThatIsBegunAheadCanBeCancelledBeforeItsTime() async throws {
        let office = try await Office()
        try await office.open { office in
            let call = try await office.schedule(in: .seconds(30))
            let due = office.clock.now + .seconds(30)
            await office.clock.waitForSleepers(3)
            office.clock.move(to: due - .milliseconds(2))
            await SerialTasks.settle()
            #expect(try await office.record(call).call.status == .connecting)
            _ = try await office.calls.cancel(call, by: office.caller, log: .silent)
            try await office.run(until: call) { $0.termination?.verifiedAt != nil && office.clock.now > due }
            await SerialTasks.settle()
            #expect(try await office.record(call).call.status == .cancelled)
            #expect(office.phone.dialled.isEmpty)
        }
    }

    @Test func noRollingSecondStartsMoreThanTheLimit() async throws {
        let office = try await Office { $0.limits.dialsPerSecond = 5 }
        var ids: [CallID] = []
        for _ in 0..<23 { ids.append(try await office.schedule()) }
        let placed = ids
        try await office.open { office in
            for id in placed { try await office.run(until: id) { $0.call.status.isFinal } }
            var starts: [Moment] = []
            for id in placed {
                starts.append(try #require(try await office.record(id).call.attempts.first?.dial.sentAt))
            }
            Self.expect(starts, atMost: 5)
            // Not much slower than that either, on a clock that goes in steps of a tenth.
            let span = try #require(starts.max()).since(try #require(starts.min()))
            #expect(span <= .seconds(5))
        }
    }

    private static func expect(_ starts: [Moment], atMost limit: Int) {
        for start in starts {
            #expect(starts.count { $0 >= start && $0.since(start) < .seconds(1) } <= limit)
        }
    }

    /// What admission has spread comes to the dial in heaps where agents take their time.
    @Test func callsWhoseAgentsComeAtOnceAreNotDialledAtOnce() async throws {
        let office = try await Office(agentName: "robot") { $0.limits.dialsPerSecond = 5 }
        office.phone.show(agent: false)
        var ids: [CallID] = []
        for _ in 0..<20 { ids.append(try await office.schedule()) }
        let placed = ids
        let begun = office.clock.now
        try await office.open { office in
            try await office.run(until: placed[0]) { _ in office.clock.now.since(begun) > .seconds(5) }
            office.phone.show(agent: true)
            for id in placed { try await office.run(until: id) { $0.call.status.isFinal } }
            var starts: [Moment] = []
            for id in placed {
                if let sent = try await office.record(id).call.attempts.first?.dial.sentAt { starts.append(sent) }
            }
            #expect(starts.count == 20)
            Self.expect(starts, atMost: 5)
        }
    }

    /// A connection has to be made for it, say, which the next one finds there.
    @Test func aDialThatGoesOutLateIsFollowedByTheNextOneAWindowAfterThat() async throws {
        let office = try await Office { $0.limits.dialsPerSecond = 1 }
        let left = NIOLockedValueBox<[Moment]>([])
        office.phone.onConnect {
            if left.withLockedValue({ $0.isEmpty }) { office.clock.advance(by: .milliseconds(700)) }
            left.withLockedValue { $0.append(office.clock.now) }
        }
        let calls = [try await office.schedule(), try await office.schedule(), try await office.schedule()]
        try await office.open { office in
            for call in calls { try await office.run(until: call) { $0.call.status.isFinal } }
            let starts = left.withLockedValue { $0 }
            #expect(starts.count == 3)
            Self.expect(starts, atMost: 1)
        }
    }

    @Test func noMoreCallsThanTheLimitAreLiveAndTheNextFollowsAtOnce() async throws {
        let office = try await Office { $0.limits.maxLive = 2 }
        let gate = Gate()
        office.phone.onDial { _ in
            await gate.pass()
            return .failed(.answered(sip: 486))
        }
        for _ in 0..<5 { try await office.schedule() }
        try await office.open { office in
            // Two calls: a room and a dial each.
            await office.phone.wait(forAsks: 4)
            let live = try await office.store.liveCalls()
            #expect(live == 2)
            #expect(office.phone.dialled.count == 2)
            gate.open()
            // Three more calls, and a deleted room for each of the five.
            await office.phone.wait(forAsks: 4 + 6 + 5)
            #expect(Set(office.phone.dialled).count == 5)
        }
    }

    @Test func aCallThatIsTooLateIsNotDialled() async throws {
        let office = try await Office { $0.limits.maxLateness = .seconds(900) }
        let late = try await office.schedule()
        office.clock.advance(by: .seconds(900) + .milliseconds(1))
        let punctual = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: late) { $0.call.status.isFinal }
            #expect(record.call.status == .failed)
            #expect(record.call.phase.endingReason == .expired)
            try await office.run(until: punctual) { $0.call.status.isFinal }
            #expect(office.phone.dialled.count == 1)
        }
    }

    @Test func aRoomThatCannotBeMadeIsTriedAgainWithTheSameAttempt() async throws {
        let office = try await Office()
        let failures = Countdown(3)
        office.phone.onPrepare { _ throws(PhoneFailure) in
            if failures.next() { throw .unreachable("down") }
            return LiveKitIDs(room: "RM_1")
        }
        let call = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            #expect(record.call.status == .busy)
            #expect(record.call.attempts.count == 1)
            #expect(office.phone.dialled.count == 1)
        }
    }

    /// The rule that everything hangs on: an early DeleteRoom brings the phone back.
    @Test func noRoomIsDeletedWhileItsDialIsInFlight() async throws {
        let office = try await Office()
        let gate = office.holdDials()
        let call = try await office.schedule()
        try await office.open { office in
            await office.phone.wait(forAsks: 2)
            let cancelling = Task { try await office.calls.cancel(call, by: office.caller, log: .init(label: "t")) }
            // The request waits 2 s for the join, in vain; then it answers, and the termination goes on waiting.
            while try await !office.record(call).call.status.isFinal { await Task.yield() }
            try await office.run(until: call) { _ in office.clock.now > DispatcherTests.start + .seconds(5) }
            #expect(try await cancelling.value.status == .cancelled)
            #expect(office.phone.asked.count == 2, "a DeleteRoom went out while the dial was in flight")
            gate.open()
            await office.phone.wait(forAsks: 3)
            let room = RoomName(installation: "t", call: call, attempt: 1)
            #expect(office.phone.asked.last == .delete(room))
            #expect(try await office.run(until: call) { $0.termination?.state == .verified }.call.status == .cancelled)
        }
    }

    private static let start = MovableClock().now

    @Test func aDialOfUnknownOutcomeIsNeverRepeatedAndEndsAtItsDeadline() async throws {
        let office = try await Office()
        office.phone.onDial { _ in .unknown("connection reset") }
        let call = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            let attempt = try #require(record.call.attempts.first)
            #expect(attempt.failureReason == .indeterminate)
            let sent = try #require(attempt.dial.sentAt)
            // Ringing 30 s, 2 s to set it up, 2 s for it to come to rest.
            let ended = try #require(attempt.endedAt)
            #expect(ended.since(sent) >= .seconds(34))
            #expect(office.phone.dialled.count == 1)
        }
    }

    @Test func aPhoneThatAppearsAfterAnUnknownOutcomeIsAdopted() async throws {
        let office = try await Office()
        office.phone.onDial { _ in .unknown("connection reset") }
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        let call = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status == .active }
            #expect(record.call.attempts.last?.livekit.participant == "PA_1")
            #expect(office.phone.dialled.count == 1)
        }
    }

    /// The process was gone between "sent" and the outcome: the next one watches, and does not dial.
    @Test func aDialThatWasSentBeforeACrashIsNotSentAgain() async throws {
        let office = try await Office()
        let call = try await office.schedule()
        let now = office.clock.now
        let room = RoomName(installation: "t", call: call, attempt: 1)
        let terms = AdmissionTerms(limits: DialLimits(), atMost: 1)
        _ = try await office.store.admitDue(terms, at: now, claimingUntil: now + .seconds(8)) { call, scene in
            call.receiving(.lineFree(room), in: scene, at: now)
        }
        _ = try await office.store.decide(call, proving: nil, claimingUntil: nil, at: now) { call, scene in
            call.receiving(.sendDial(deadline: now + .seconds(34), LiveKitIDs()), about: room, in: scene, at: now)
        }
        try await office.store.voidLeases(at: now)
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            #expect(record.call.attempts.first?.failureReason == .indeterminate)
            #expect(office.phone.dialled.isEmpty)
        }
    }

    /// It had been failed as `agent_unavailable`, once for every call that was being placed at a restart.
    @Test func aShutdownWhileTheAgentIsAwaitedFailsNoCall() async throws {
        let office = try await Office(agentName: "robot")
        office.phone.show(agent: false)
        let call = try await office.schedule()
        try await office.open { office in await office.phone.wait(forAsks: 1) }
        #expect(try await office.record(call).call.status == .connecting)
        #expect(office.phone.dialled.isEmpty)
        // The next start goes on with the same attempt.
        office.phone.show(agent: true)
        try await office.store.voidLeases(at: office.clock.now)
        try await office.reopened().open { office in
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            #expect(record.call.status == .busy)
            #expect(record.call.attempts.count == 1)
        }
    }

    @Test func anAgentThatDoesNotComeInTimeFailsTheCallUndialled() async throws {
        let office = try await Office(agentName: "robot")
        office.phone.show(agent: false)
        let call = try await office.schedule()
        try await office.open { office in
            let record = try await office.run(until: call) { $0.call.status.isFinal }
            #expect(record.call.attempts.first?.failureReason == .agentUnavailable)
            #expect(office.phone.dialled.isEmpty)
        }
    }

    /// A LiveKit that does not answer shows nothing: somebody may be talking, so the call is neither ended nor hung up.
    @Test(arguments: [CallStatus.connecting, .ringing])
    func aDeadlineThatPassesWhileLiveKitIsAwayEndsNothing(seenBefore: CallStatus) async throws {
        let office = try await Office()
        office.phone.onDial { _ in .unknown("connection reset") }
        if seenBefore == .ringing { office.phone.show(.present(.ringing, LiveKitIDs(participant: "PA_1"))) }
        let call = try await office.schedule()
        try await office.open { office in
            await office.phone.wait(forAsks: 2)
            try await office.run(until: call) { $0.call.status == seenBefore }
            office.phone.show(looksFail: true)
            let late = office.clock.now + .seconds(60)
            try await office.run(until: call) { _ in office.clock.now > late }
            #expect(try await office.record(call).call.status == seenBefore)
            office.phone.show(.present(.active, LiveKitIDs()))
            office.phone.show(looksFail: false)
            let record = try await office.run(until: call) { $0.call.status == .active }
            #expect(record.termination == nil)
            #expect(office.phone.dialled.count == 1)
        }
    }

    /// It had waited for ever when the limit was past before the wait began.
    @Test func aCancelWhoseLimitIsPastAnswersAtOnce() async throws {
        let office = try await Office(hangUpWithin: .zero)
        let gate = office.holdDials()
        let call = try await office.schedule()
        try await office.open { office in
            await office.phone.wait(forAsks: 2)
            #expect(try await office.calls.cancel(call, by: office.caller, log: .init(label: "t")).status == .cancelled)
            gate.open()
            try await office.run(until: call) { $0.termination?.state == .verified }
        }
    }

    @Test func aTerminationIsNotVerifiedWhileTheRoomIsThere() async throws {
        let office = try await Office()
        office.phone.show(gone: false)
        let call = try await office.schedule()
        try await office.open { office in
            let stuck = try await office.run(until: call) { $0.termination?.state == .stuck }
            #expect((stuck.termination?.attempts ?? 0) > 3)
            office.phone.show(gone: true)
            let record = try await office.run(until: call) { $0.termination?.state == .verified }
            #expect(record.call.status == .busy)
        }
    }
}

// With a store that others use too.
extension DispatcherTests {
    /// What another transaction has locked can neither be had nor waited for: it is looked at again a little later, not at once.
    @Test func aDialThatSomebodyHasLockedIsNotAskedForWithoutAPause() async throws {
        let office = try await Office()
        office.meddled.lockDials(true)
        let id = try await office.schedule()
        let now = office.clock.now
        // Left behind by a node that is gone.
        let terms = AdmissionTerms(limits: DialLimits(), atMost: 1)
        _ = try await office.store.admitDue(terms, at: now, claimingUntil: now) { call, scene in
            call.receiving(.lineFree(office.room(id)), in: scene, at: now)
        }
        try await office.open { office in
            await office.clock.waitForSleepers(2)
            for _ in 0..<20 { await SerialTasks.settle() }
            #expect((1...3).contains(office.meddled.looks))
            office.meddled.lockDials(false)
            office.clock.advance(by: .milliseconds(50))
            await office.phone.wait(forAsks: 1)
            #expect(office.phone.asked == [.prepare(office.room(id))])
        }
    }
}

extension Phase {
    fileprivate var endingReason: FailureReason? {
        if case .ended(let ending) = self { ending.failureReason } else { nil }
    }
}

/// True so many times, then false.
final class Countdown: Sendable {
    private let left: NIOLockedValueBox<Int>
    init(_ count: Int) { left = NIOLockedValueBox(count) }
    func next() -> Bool {
        left.withLockedValue { left in
            left -= 1
            return left >= 0
        }
    }
}
