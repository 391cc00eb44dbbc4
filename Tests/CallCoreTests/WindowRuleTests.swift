import CallCore
import Testing

/// What a call's windows mean for its dials; `Samples.created` is 12:00 UTC on a Sunday.
@Suite struct WindowRuleTests {
    private static let minute: Duration = .seconds(60)
    private static let opening = Samples.created + minute * 5
    private static let closing = Samples.created + minute * 65
    private static let nextDay = opening + .seconds(86_400)

    private func call(retries: RetryPlan? = nil) throws -> Call {
        let window = try #require(CallWindow(start: 725, end: 785, zone: .utc))
        return Call(
            id: CallID(rawValue: "call_1"), organization: Samples.acme, agent: AgentID(rawValue: "a"),
            contact: Contact(phone: try #require(PhoneNumber("+15005550001"))), dueAt: Samples.created,
            createdAt: Samples.created, retries: retries, windows: [window])
    }

    @Test func aClosedWindowMovesTheTimeAndDialsNothing() throws {
        let call = try call()
        let decision = call.receiving(.lineFree(Samples.room), in: Samples.active, at: Samples.created)
        guard case .note(let next) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(next.phase == .waiting && next.dueAt == Self.opening && next.expectedAt == Self.opening)
        #expect(
            next.keeper(at: Samples.created, under: nil) == .call && next.keeper(at: Self.opening, under: nil) == nil)
    }

    @Test(arguments: [(opening, true), (closing - .milliseconds(1), true), (closing, false)])
    func itIsAdmittedWhileTheWindowIsOpen(_ moment: Moment, _ isAdmitted: Bool) throws {
        switch try call().receiving(.lineFree(Samples.room), in: Samples.active, at: moment) {
        case .move(let next, let effects):
            #expect(isAdmitted && next.status == .connecting && effects == [.dial(Samples.room)])
        case .note(let next): #expect(!isAdmitted && next.dueAt == Self.nextDay)
        case .stay, .refuse: Issue.record("not judged")
        }
    }

    @Test func aWindowThatClosesBeforeTheDialLeavesWithdrawsIt() throws {
        let placing = try Samples.call(try call(), after: [.lineFree(Samples.room)], at: Self.closing - Self.minute)
        let send = CallEvent.sendDial(deadline: Self.closing + .seconds(34), LiveKitIDs())
        guard case .move(let next, let effects) = placing.receiving(send, in: Samples.active, at: Self.closing) else {
            Issue.record("it was sent")
            return
        }
        #expect(next.phase == .waiting && next.dueAt == Self.nextDay && effects == [.hangUp(Samples.room)])
        // It was no attempt of its plan's.
        #expect(!next.isRetrying)
        guard case .move(let sent, _) = placing.receiving(send, in: Samples.active, at: Self.closing - .milliseconds(1))
        else {
            Issue.record("it was not sent")
            return
        }
        #expect(sent.phase != .waiting)
    }

    @Test(arguments: [(30, opening + minute + .seconds(1800)), (60, nextDay)])
    func aRetryMovesIntoTheNextWindow(_ minutes: Int, _ due: Moment) throws {
        let plan = RetryPlan(maxRetries: 1, times: .after([Self.minute * minutes]))
        let began = Self.opening
        let dialled = try Samples.call(
            try call(retries: plan),
            after: [.lineFree(Samples.room), .sendDial(deadline: began + .seconds(34), LiveKitIDs())], at: began)
        guard
            case .move(let next, _) = dialled.receiving(
                Samples.busy, about: Samples.room, in: Samples.active, at: began + Self.minute)
        else {
            Issue.record("not over")
            return
        }
        #expect(next.isRetrying && next.dueAt == due && next.expectedAt == due)
    }

    @Test func whereNobodyKnowsTheClockNothingIsDialled() throws {
        let window = try #require(CallWindow(start: 0, end: 1440, zone: Zone(accepted: "Mars/Base")))
        let call = Call(
            id: CallID(rawValue: "call_1"), organization: Samples.acme, agent: AgentID(rawValue: "a"),
            contact: Contact(phone: try #require(PhoneNumber("+15005550001"))), dueAt: Samples.created,
            createdAt: Samples.created, windows: [window])
        guard case .note(let next) = call.receiving(.lineFree(Samples.room), in: Samples.active, at: Samples.now) else {
            Issue.record("it was dialled")
            return
        }
        #expect(next.dueAt > Samples.now)
        guard
            case .move(let ended, _) = next.receiving(
                .cancel(Samples.cancellation()), in: Samples.active, at: Samples.now)
        else {
            Issue.record("it cannot be cancelled")
            return
        }
        #expect(ended.status == .cancelled)
    }
}
