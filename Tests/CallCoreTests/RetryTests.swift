import CallCore
import Testing

/// What becomes of a call with a plan when an attempt comes to nothing; `Documentation/States.md` has the table.
@Suite struct RetryTests {
    static let end = Samples.created + .seconds(34)
    static let second = RoomName(installation: "i1", call: CallID(rawValue: "call_1"), attempt: 2)
    static let hangingUp = Scene(agentIsActive: true, isHangingUp: true)

    @Test(
        arguments: Samples.ends, [(true, true, true), (true, true, false), (false, true, true), (true, false, false)])
    func anEndIsRetriedAsThePlanSays(_ end: Samples.End, _ on: (noAnswer: Bool, busy: Bool, failed: Bool)) throws {
        let plan = RetryPlan(maxRetries: 2, onNoAnswer: on.noAnswer, onBusy: on.busy, onFailed: on.failed)
        let call = try Samples.call(after: end.way, retries: plan)
        let decision = call.receiving(end.event, about: Samples.room, in: Samples.active, at: Self.end)
        let isRetried =
            switch end.kind {
            case .noAnswer: on.noAnswer
            case .busy: on.busy
            case .passing: on.failed
            case .last: false
            }
        guard case .move(let next, let effects) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(effects == [.hangUp(Samples.room)])
        #expect(next.pastAttempts.count == 1)
        #expect(next.pastAttempts.first?.endedAt == Self.end)
        #expect(next.pastAttempts.first?.status == end.status)
        #expect(next.pastAttempts.first?.failureReason == end.reason)
        if isRetried {
            #expect(next.phase == .waiting)
            #expect(next.isRetrying)
            #expect(next.dueAt == Self.end + .seconds(1800))
            #expect(next.expectedAt == next.dueAt)
            #expect(Notice(from: call, to: next) == .retrying)
        } else {
            #expect(next.phase == .ended(Ending(status: end.status, at: Self.end, failureReason: end.reason)))
            #expect(next.dueAt == call.dueAt)
        }
    }

    @Test(arguments: Samples.ends)
    func withoutAPlanEveryEndIsTheLast(_ end: Samples.End) throws {
        let call = try Samples.call(after: end.way)
        guard case .move(let next, _) = call.receiving(end.event, about: Samples.room, in: Samples.active, at: Self.end)
        else {
            Issue.record("not ended")
            return
        }
        #expect(next.status == end.status)
    }

    @Test(arguments: [
        (RetryPlan.Times.after([.seconds(60), .seconds(120)]), [60, 120, 120, 120]),
        (.after([.seconds(90)]), [90, 90, 90, 90]),
        (.after([]), [1800, 1800, 1800, 1800]),
    ])
    func theLastIntervalHoldsForAllThatCome(_ times: RetryPlan.Times, _ seconds: [Int]) {
        let plan = RetryPlan(maxRetries: 4, times: times)
        for (done, wait) in seconds.enumerated() {
            #expect(plan.next(after: Self.end, retries: done) == Self.end + .seconds(wait))
        }
        #expect(plan.next(after: Self.end, retries: 4) == nil)
    }

    @Test func ofTheMomentsTheNextOneThatIsAheadIsTaken() {
        let moments = [300, 100, 200].map { Samples.created + .seconds($0) }
        let plan = RetryPlan(maxRetries: 10, times: .at(moments))
        #expect(plan.next(after: Samples.created, retries: 0) == Samples.created + .seconds(100))
        #expect(plan.next(after: Samples.created + .seconds(100), retries: 0) == Samples.created + .seconds(200))
        #expect(plan.next(after: Samples.created + .seconds(299), retries: 5) == Samples.created + .seconds(300))
        #expect(plan.next(after: Samples.created + .seconds(300), retries: 0) == nil)
    }

    @Test func thereAreAsManyAttemptsAsThePlanAllowsAndOneMore() throws {
        let plan = RetryPlan(maxRetries: 3, times: .after([.seconds(60)]))
        var call = try Samples.waiting(retries: plan)
        var now = Samples.created
        for number in 1...4 {
            let room = RoomName(installation: "i1", call: call.id, attempt: number)
            for event in [.lineFree(room), Samples.send, .ringing, Samples.busy] as [CallEvent] {
                guard case .move(let next, _) = call.receiving(event, about: room, in: Samples.active, at: now) else {
                    Issue.record("\(event) was not accepted in attempt \(number)")
                    return
                }
                call = next
            }
            #expect(call.status == (number < 4 ? .initiated : .busy))
            now = max(now, call.dueAt)
        }
        #expect(call.attempts.map(\.status) == [.busy, .busy, .busy, .busy])
        #expect(call.attempts.map(\.number) == [1, 2, 3, 4])
    }

    @Test func anAttemptThatWasWithdrawnDoesNotCount() throws {
        let plan = RetryPlan(maxRetries: 1, times: .after([.seconds(60)]))
        let placing = try Samples.call(after: [.lineFree(Samples.room)], retries: plan)
        guard
            case .move(let withdrawn, _) = placing.receiving(
                Samples.send, about: Samples.room, in: Samples.inactive, at: Samples.created),
            case let again = try Samples.call(
                withdrawn, after: [.lineFree(Self.second), Samples.send, .ringing]),
            case .move(let first, _) = again.receiving(
                Samples.busy, about: Self.second, in: Samples.active, at: Self.end)
        else {
            Issue.record("not so far")
            return
        }
        #expect(!withdrawn.isRetrying)
        #expect(Notice(from: placing, to: withdrawn) == nil)
        #expect(first.isRetrying)
        #expect(first.pastAttempts.map(\.status) == [.cancelled, .busy])
    }

    @Test func aFailureThatIsMeantToBeTheLastIsTheLast() throws {
        let plan = RetryPlan(maxRetries: 3, onFailed: true)
        let call = try Samples.call(after: [.lineFree(Samples.room), Samples.send], retries: plan)
        let last = DialFailure(status: .failed, reason: .internal, isLast: true)
        guard case .move(let next, _) = call.receiving(.failed(last), in: Samples.active, at: Self.end) else {
            Issue.record("not ended")
            return
        }
        #expect(next.status == .failed)
    }

    @Test func whoMayHaveSpokenIsNotCalledAgain() throws {
        let plan = RetryPlan(maxRetries: 3, onFailed: true)
        let left = CallEvent.left(Departure(reason: .clientInitiated, wasAnswered: true))
        let call = try Samples.call(after: [.lineFree(Samples.room), Samples.send, .ringing, left], retries: plan)
        guard case .move(let next, _) = call.receiving(Samples.busy, in: Samples.active, at: Self.end) else {
            Issue.record("not ended")
            return
        }
        #expect(next.status == .busy)
    }
}

/// Between two attempts.
@Suite struct BetweenAttemptsTests {
    private func retrying(_ plan: RetryPlan = RetryPlan(maxRetries: 2, times: .after([.seconds(60)]))) throws -> Call {
        try Samples.call(after: [.lineFree(Samples.room), Samples.send, .ringing, Samples.busy], retries: plan)
    }

    @Test func aCancelIsTheEndAndNothingIsDialledAfterIt() throws {
        let call = try retrying()
        guard
            case .move(let next, let effects) = call.receiving(
                .cancel(Samples.cancellation()), in: Samples.active, at: Samples.now)
        else {
            Issue.record("not cancelled")
            return
        }
        #expect(next.status == .cancelled)
        #expect(effects.isEmpty)
        #expect(next.attempts.map(\.status) == [.busy])
        #expect(next.receiving(.lineFree(RetryTests.second), in: Samples.active, at: Samples.now) == .stay)
    }

    @Test(arguments: [Samples.inactive, Scene(agentIsActive: true, latch: .stop(StopID(rawValue: "stop_1")))])
    func whatHoldsAWaitingCallHoldsItsRetry(_ scene: Scene) throws {
        #expect(try retrying().receiving(.lineFree(RetryTests.second), in: scene, at: Samples.now) == .stay)
    }

    @Test func theNextDialWaitsUntilThePhoneBeforeIsSilent() throws {
        let call = try retrying()
        let decision = call.receiving(.lineFree(RetryTests.second), in: RetryTests.hangingUp, at: Samples.now)
        guard case .note(let later) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(later.phase == .waiting)
        #expect(later.dueAt == Samples.now + .seconds(10))
        // It is no later for that: what is too late by its plan is not dialled.
        #expect(later.expectedAt == call.dueAt)
    }

    @Test func aPhoneThatStirsWithdrawsTheNextAttempt() throws {
        let call = try Samples.call(try retrying(), after: [.lineFree(RetryTests.second)])
        let send = CallEvent.sendDial(deadline: Samples.now + .seconds(34), LiveKitIDs())
        guard
            case .move(let next, let effects) = call.receiving(
                send, about: RetryTests.second, in: RetryTests.hangingUp, at: Samples.now)
        else {
            Issue.record("it was sent")
            return
        }
        #expect(next.phase == .waiting)
        #expect(next.dueAt == Samples.now + .seconds(10))
        #expect(next.attempts.map(\.status) == [.busy, .cancelled])
        #expect(next.attempts.last?.dial == .planned)
        #expect(effects == [.hangUp(RetryTests.second)])
    }

    @Test(arguments: [CallEvent.joined(LiveKitIDs(participant: "PA_9")), .ringing, Samples.answer, Samples.seenAnswer])
    func aSignOfLifeOfTheOldPhoneIsAnOrderToHangUpAgain(_ event: CallEvent) throws {
        let decision = try retrying().receiving(event, about: Samples.room, in: Samples.active, at: Samples.now)
        guard case .move(let next, let effects) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(next.phase == .waiting)
        #expect(effects == [.hangUp(Samples.room)])
    }

    @Test func aRetryThatIsTooLateExpires() throws {
        guard
            case .move(let next, let effects) = try retrying().receiving(
                .overdue, in: Samples.active, at: Samples.now)
        else {
            Issue.record("not ended")
            return
        }
        #expect(next.phase == .ended(Ending(status: .failed, at: Samples.now, failureReason: .expired)))
        #expect(effects.isEmpty)
    }
}
