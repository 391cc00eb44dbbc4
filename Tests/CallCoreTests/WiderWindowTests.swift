import CallCore
import Testing

/// Windows that a call has from its agent or its organization; `Samples.created` is 12:00 UTC on a Sunday.
@Suite struct WiderWindowTests {
    private static let minute: Duration = .seconds(60)
    private static let day: Duration = .seconds(86_400)
    private static let agent = AgentID(rawValue: "a")

    private static func window(_ start: Int, _ end: Int, isAddition: Bool = false) throws -> CallWindow {
        try #require(CallWindow(start: start, end: end, zone: .utc, isAddition: isAddition))
    }

    private static func wider(_ start: Int, _ end: Int) throws -> WiderWindow {
        WiderWindow(try window(start, end), of: .agent(agent))
    }

    private static func call(
        scheduledAt: Moment? = nil, due: Moment = Samples.created, retries: RetryPlan? = nil, windows: [CallWindow] = []
    ) throws -> Call {
        Call(
            id: CallID(rawValue: "call_1"), organization: Samples.acme, agent: agent,
            contact: Contact(phone: try #require(PhoneNumber("+15005550001"))), scheduledAt: scheduledAt, dueAt: due,
            createdAt: Samples.created, retries: retries, windows: windows)
    }

    /// 12:00 is open in none of them but where it says so.
    @Test(
        arguments: [
            // The agent's, the organization's, the call's own, and the hours of its metadata, each in minutes of the day.
            (nil, nil, nil, nil, nil, true), (725...780, nil, nil, nil, WindowOwner.agent(agent), false),
            (nil, 725...780, nil, nil, .organization(Samples.acme), false),
            (725...780, 0...1440, nil, nil, .agent(agent), false), (0...1440, 725...780, nil, nil, nil, true),
            (725...780, 725...780, 0...1440, nil, nil, true), (0...1440, 0...1440, 725...780, nil, .call, false),
            (0...1440, nil, nil, 725...780, .call, false), (725...780, nil, nil, 0...1440, .agent(agent), false),
            (725...780, nil, 0...1440, 0...1440, nil, true), (nil, nil, 0...1440, 725...780, .call, false),
        ] as [(ClosedRange<Int>?, ClosedRange<Int>?, ClosedRange<Int>?, ClosedRange<Int>?, WindowOwner?, Bool)])
    func theNarrowestHolds(
        agents: ClosedRange<Int>?, organizations: ClosedRange<Int>?, own: ClosedRange<Int>?, daily: ClosedRange<Int>?,
        keeper: WindowOwner?, isDialled: Bool
    ) throws {
        func made(_ range: ClosedRange<Int>?, isAddition: Bool = false) throws -> CallWindow? {
            try range.map { try Self.window($0.lowerBound, $0.upperBound, isAddition: isAddition) }
        }
        let wider = Agent(
            id: Self.agent, organization: Samples.acme, name: "A", callWindow: try made(agents),
            organizationWindow: try made(organizations), createdAt: Samples.created
        ).widerWindow
        let call = try Self.call(windows: [made(own), made(daily, isAddition: true)].compactMap(\.self))
        #expect(call.keeper(at: Samples.created, under: wider) == keeper)
        let scene = Scene(agentIsActive: true, window: wider)
        switch call.receiving(.lineFree(Samples.room), in: scene, at: Samples.created) {
        case .move(let next, let effects):
            #expect(isDialled && next.status == .connecting && effects == [.dial(Samples.room)])
        case .note(let next):
            #expect(!isDialled && next.phase == .waiting && next.dueAt == Samples.created + Self.minute * 5)
            #expect(next.expectedAt == next.dueAt)
        case .stay, .refuse: Issue.record("not judged")
        }
    }

    @Test func oneThatClosesBeforeTheDialLeavesWithdrawsIt() throws {
        let placing = try Samples.call(try Self.call(), after: [.lineFree(Samples.room)])
        let send = CallEvent.sendDial(deadline: Samples.created + .seconds(34), LiveKitIDs())
        let closed = Scene(agentIsActive: true, window: try Self.wider(725, 780))
        guard case .move(let next, let effects) = placing.receiving(send, in: closed, at: Samples.created) else {
            Issue.record("it was sent")
            return
        }
        #expect(next.phase == .waiting && next.dueAt == Samples.created + Self.minute * 5)
        #expect(effects == [.hangUp(Samples.room)] && !next.isRetrying)
        let open = Scene(agentIsActive: true, window: try Self.wider(720, 780))
        guard case .move(let sent, _) = placing.receiving(send, in: open, at: Samples.created) else {
            Issue.record("it was not sent")
            return
        }
        #expect(sent.phase != .waiting)
    }

    /// A time in a closed hour becomes the next opening, and is never sooner than it was.
    @Test(arguments: [
        (Samples.created, 720, 780, Samples.created), (Samples.created, 725, 780, Samples.created + minute * 5),
        (Samples.created + minute * 30, 600, 730, Samples.created + day - minute * 120),
        (Samples.created + minute * 30, 700, 800, Samples.created + minute * 30),
    ])
    func aNewCallIsTimed(_ due: Moment, _ start: Int, _ end: Int, _ becomes: Moment) throws {
        #expect(try Self.call(due: due).timed(under: try Self.wider(start, end)).dueAt == becomes)
        let own = try Self.call(due: due, windows: [try Self.window(0, 1440)])
        #expect(own.timed(under: try Self.wider(start, end)) == own)
    }

    /// What was put off comes as soon as the windows now let it, and no sooner than it was asked for.
    @Test(
        arguments: [
            // Put off until tomorrow; nothing is in the way any more, or something else is.
            (nil, Samples.created + day, nil, Samples.now), (nil, Samples.created + day, 0...1440, Samples.now),
            (nil, Samples.created + day, 780...800, Samples.created + minute * 60),
            (Samples.created + minute * 90, Samples.created + day, nil, Samples.created + minute * 90),
            (Samples.created + minute * 90, Samples.created + day, 0...720, Samples.created + day - minute * 720),
            // It is due, and the dispatcher looks.
            (nil, Samples.created, 780...800, Samples.created),
        ] as [(Moment?, Moment, ClosedRange<Int>?, Moment)])
    func aChangedWindowMovesWhatWaits(
        _ scheduledAt: Moment?, _ due: Moment, _ hours: ClosedRange<Int>?, _ becomes: Moment
    ) throws {
        let wider = try hours.map { try Self.wider($0.lowerBound, $0.upperBound) }
        let call = try Self.call(scheduledAt: scheduledAt, due: due)
        let next = call.retimed(under: wider, at: Samples.now)
        #expect(next.dueAt == becomes && next.expectedAt == becomes)
        let own = try Self.call(scheduledAt: scheduledAt, due: due, windows: [try Self.window(0, 1440)])
        #expect(own.retimed(under: wider, at: Samples.now) == own)
    }

    private func busy(_ retries: RetryPlan) throws -> Call {
        let way = [CallEvent.lineFree(Samples.room), Samples.send, .ringing, Samples.busy]
        return try Samples.call(try Self.call(retries: retries), after: way)
    }

    @Test func aRetryIsMovedIntoTheNextWindowAndIsNotLateForIt() throws {
        let call = try busy(RetryPlan(maxRetries: 1, times: .after([Self.minute])))
        let due = Samples.created + Self.minute
        #expect(call.dueAt == due)
        let wider = try Self.wider(780, 800)
        let opening = Samples.created + Self.minute * 60
        #expect(call.nextAttempt(at: Samples.created, under: wider) == opening)
        #expect(call.keeper(at: Samples.created, under: wider) == nil)
        let second = RoomName(installation: "i1", call: call.id, attempt: 2)
        let scene = Scene(agentIsActive: true, window: wider)
        guard case .note(let moved) = call.receiving(.lineFree(second), in: scene, at: due) else {
            Issue.record("not judged")
            return
        }
        #expect(moved.dueAt == opening && moved.expectedAt == opening && moved.isRetrying)
        #expect(moved.keeper(at: due, under: wider) == .agent(Self.agent))
        // Without the window it is the plan's time again, which is over.
        #expect(moved.retimed(under: nil, at: due + .seconds(5)).expectedAt == due + .seconds(5))
        #expect(moved.retimed(under: nil, at: due - .seconds(5)).dueAt == due)
        // A server that was away over the plan's time, while the window was closed, finds it in time.
        #expect(call.timed(under: wider).expectedAt == opening)
    }

    @Test func whatWaitsForItsPhoneKeepsItsTimeForLateness() throws {
        let call = try busy(RetryPlan(maxRetries: 1, times: .after([Self.minute])))
        let second = RoomName(installation: "i1", call: call.id, attempt: 2)
        let hangingUp = Scene(agentIsActive: true, isHangingUp: true)
        var waiting = call
        for wait in 1...3 {
            let at = Samples.now + .seconds(10 * wait)
            guard case .note(let next) = waiting.receiving(.lineFree(second), in: hangingUp, at: at) else {
                Issue.record("not judged")
                return
            }
            #expect(next.dueAt == at + .seconds(10) && next.expectedAt == call.dueAt)
            #expect(next.retimed(under: nil, at: at) == next)
            waiting = next
        }
        let wider = try Self.wider(780, 800)
        #expect(waiting.timed(under: wider).expectedAt == Samples.created + Self.minute * 60)
        #expect(waiting.timed(under: wider).dueAt == waiting.dueAt)
    }

    /// A wider window that came later may be closed in all hours that the call's metadata allows.
    @Test func windowsThatAreNeverOpenTogetherDialNothing() throws {
        let call = try Self.call(windows: [try Self.window(0, 60, isAddition: true)])
        let wider = try Self.wider(60, 1440)
        let scene = Scene(agentIsActive: true, window: wider)
        guard case .note(let next) = call.receiving(.lineFree(Samples.room), in: scene, at: Samples.created) else {
            Issue.record("it was dialled")
            return
        }
        #expect(next.dueAt > Samples.created && next.keeper(at: Samples.created, under: wider) == .call)
        #expect(next.nextAttempt(at: Samples.created, under: wider) == next.dueAt)
    }
}
