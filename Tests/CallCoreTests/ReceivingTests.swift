import CallCore
import Testing

/// The decisions that the promises hang on, one by one; `Documentation/States.md` has the whole table.
@Suite struct ReceivingTests {
    @Test(arguments: [
        "waiting", "placing", "dialling", "dialling, dial lost", "ringing", "ringing, dial lost", "active",
    ])
    func aCancelEndsEveryCallThatIsNotOver(phase: String) throws {
        let call = try Samples.call(after: way(to: phase))
        let decision = call.receiving(.cancel(Samples.cancellation()), in: Samples.active, at: Samples.now)
        guard case .move(let next, let effects) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(next.status == .cancelled)
        #expect(next.phase == .ended(Ending(status: .cancelled, at: Samples.now)))
        #expect(next.cancelledBy == Samples.cancellation())
        #expect(effects == (phase == "waiting" ? [] : [.hangUp(Samples.room)]))
    }

    @Test func theSecondCancelIsRefusedWithTheStatus() throws {
        let call = try Samples.call(after: way(to: "ended"))
        let decision = call.receiving(.cancel(Samples.cancellation()), in: Samples.active, at: Samples.now)
        #expect(decision == .refuse(.alreadyOver(.completed)))
    }

    @Test(arguments: Samples.phases.map(\.name))
    func anotherOrganizationsCancelIsRefusedInEveryPhase(phase: String) throws {
        let call = try Samples.call(after: way(to: phase))
        let stranger = Samples.cancellation(of: OrganizationID(rawValue: "other"))
        #expect(
            call.receiving(.cancel(stranger), in: Samples.active, at: Samples.now)
                == .refuse(.belongsToAnotherOrganization))
    }

    @Test(arguments: ["dialling", "dialling, dial lost", "ringing", "active"])
    func aDialIsNeverSentTwice(phase: String) throws {
        let call = try Samples.call(after: way(to: phase))
        #expect(
            call.receiving(Samples.send, about: Samples.room, in: Samples.active, at: Samples.now)
                == .refuse(.alreadySent))
    }

    @Test func aDialOfACancelledCallIsNotSentAndItsRoomIsOrderedAway() throws {
        let placing = try Samples.call(after: [.lineFree(Samples.room)])
        let cancelled = try Samples.call(after: [.lineFree(Samples.room), .cancel(Samples.cancellation())])
        #expect(cancelled.status == .cancelled)
        #expect(placing.status == .connecting)
        #expect(
            cancelled.receiving(Samples.send, about: Samples.room, in: Samples.active, at: Samples.now)
                == .move(cancelled, effects: [.hangUp(Samples.room)]))
    }

    @Test(arguments: [
        CallEvent.joined(LiveKitIDs(participant: "PA_9")), .ringing, Samples.answer, Samples.seenAnswer, Samples.send,
    ])
    func aSignOfLifeFromAFinishedCallIsAnOrderToHangUpAgain(event: CallEvent) throws {
        let call = try Samples.call(after: way(to: "ended"))
        let decision = call.receiving(event, about: Samples.room, in: Samples.active, at: Samples.now)
        guard case .move(let next, let effects) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(next.phase == call.phase)
        #expect(effects == [.hangUp(Samples.room)])
    }

    @Test func whileTheDialIsOutItsReturnDecidesAndNotTheDeparture() throws {
        let ringing = try Samples.call(after: way(to: "ringing"))
        let gone = CallEvent.left(Departure(reason: .userRejected, wasAnswered: false))
        guard case .note(let noted) = ringing.receiving(gone, about: Samples.room, in: Samples.active, at: Samples.now)
        else {
            Issue.record("a departure ended the call")
            return
        }
        #expect(noted.status == .ringing)
        guard
            case .move(let ended, _) = noted.receiving(
                Samples.busy, about: Samples.room, in: Samples.active, at: Samples.now)
        else {
            Issue.record("the dial's return did not end the call")
            return
        }
        #expect(ended.status == .busy)
        #expect(ended.attempts.last?.sipStatusCode == 486)
    }

    @Test func anAnswerAfterTheDepartureIsACallThatIsOver() throws {
        let ringing = try Samples.call(after: way(to: "ringing") + [Samples.hungUp])
        guard
            case .move(let ended, let effects) = ringing.receiving(
                Samples.answer, about: Samples.room, in: Samples.active, at: Samples.now)
        else {
            Issue.record("not ended")
            return
        }
        #expect(ended.status == .completed)
        #expect(effects == [.hangUp(Samples.room)])
    }

    @Test(arguments: [
        (Departure(reason: .clientInitiated, wasAnswered: true), CallStatus.completed, FailureReason?.none),
        (Departure(reason: .unknown, wasAnswered: true), .completed, nil),
        (Departure(reason: .userRejected, wasAnswered: false), .failed, .declined),
        (Departure(reason: .userUnavailable, wasAnswered: false), .noAnswer, nil),
        (Departure(reason: .clientInitiated, wasAnswered: false), .failed, .trunkFailed),
        (Departure(reason: .trunkFailure, wasAnswered: false), .failed, .trunkFailed),
        (Departure(reason: .roomDeleted, wasAnswered: false), .failed, .lost),
        (Departure(reason: .unknown, wasAnswered: false), .failed, .lost),
    ])
    func aDepartureEndsACallWhoseDialIsLost(departure: Departure, status: CallStatus, reason: FailureReason?) throws {
        let call = try Samples.call(after: way(to: "ringing, dial lost"))
        guard
            case .move(let ended, let effects) = call.receiving(
                .left(departure), about: Samples.room, in: Samples.active, at: Samples.now)
        else {
            Issue.record("not ended")
            return
        }
        #expect(ended.phase == .ended(Ending(status: status, at: Samples.now, failureReason: reason)))
        #expect(effects == [.hangUp(Samples.room)])
    }

    @Test(arguments: [33, 34])
    func aLostDialIsIndeterminateNotBeforeItsDeadline(seconds: Int) throws {
        let call = try Samples.call(after: way(to: "dialling, dial lost"))
        let decision = call.receiving(
            .deadlinePassed, about: Samples.room, in: Samples.active, at: Samples.created + .seconds(seconds))
        if seconds < 34 {
            #expect(decision == .stay)
        } else if case .move(let ended, _) = decision {
            #expect(ended.attempts.last?.failureReason == .indeterminate)
            #expect(ended.status == .failed)
        } else {
            Issue.record("\(decision)")
        }
    }

    @Test(arguments: [(9, false), (10, true)])
    func anAgentMayBeAwayForTenSeconds(seconds: Int, ends: Bool) throws {
        let call = try Samples.call(after: way(to: "active") + [.agentLeft])
        let decision = call.receiving(
            .agentGone, about: Samples.room, in: Samples.active, at: Samples.created + .seconds(seconds))
        guard ends else {
            #expect(decision == .stay)
            return
        }
        guard case .move(let ended, _) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(ended.status == .completed)
        #expect(ended.outcome == "agent_left")
    }

    @Test func anInactiveAgentsCallIsNotAdmittedAndNotSent() throws {
        #expect(
            try Samples.waiting().receiving(.lineFree(Samples.room), in: Samples.inactive, at: Samples.now) == .stay)
        let placing = try Samples.call(after: [.lineFree(Samples.room)])
        guard
            case .move(let next, let effects) = placing.receiving(
                Samples.send, about: Samples.room, in: Samples.inactive, at: Samples.now)
        else {
            Issue.record("it was sent")
            return
        }
        #expect(next.status == .initiated)
        #expect(next.attempts.map(\.dial) == [.planned])
        #expect(effects == [.hangUp(Samples.room)])
    }

    @Test func newsOfAStrangeRoomChangeNothing() throws {
        let call = try Samples.call(after: way(to: "ringing"))
        let other = RoomName(installation: "i1", call: call.id, attempt: 7)
        #expect(call.receiving(Samples.answer, about: other, in: Samples.active, at: Samples.now) == .stay)
    }

    private func way(to phase: String) -> [CallEvent] { Samples.phases.first { $0.name == phase }?.way ?? [] }
}
