import CallCore
import Testing

/// How often one number may be dialled, without a store.
@Suite struct NumberLimitTests {
    private static let now = Samples.now
    private static let limit = NumberLimit(dials: 3, window: .seconds(3600))

    /// Sent so many seconds ago, being prepared, and in how many seconds the number opens; nil: it is open.
    @Test(
        arguments: [
            ([], 0, nil), ([1, 2], 0, nil), ([1, 2, 3], 0, 3599), ([3, 1, 2], 0, 3599), ([1, 2, 3602], 0, nil),
            ([1, 2, 3601], 0, 1), ([10, 20, 30, 40], 0, 3572), ([10, 20, 30, 9000], 0, 3572),
            // One that is being prepared may leave or not: soon one knows.
            ([1, 2], 1, 10), ([1], 1, nil), ([], 3, 10), ([], 2, nil), ([], 9, 10), ([3600], 2, 2), ([3600, 1], 2, 10),
            ([3602], 2, nil), ([3600, 3599], 1, 2),
            // Those that have left shut it in any case.
            ([1, 2, 3], 1, 3599), ([1, 2, 3], 5, 3599),
            // By a clock that runs ahead of ours.
            ([-5, -5, -5], 0, 3607),
        ] as [([Int64], Int, Int64?)])
    func theLastDialsSayWhenTheNextOneMayBe(_ sent: [Int64], _ planned: Int, _ opensIn: Int64?) {
        let dials = NumberDials(sent: sent.map { Self.now - .seconds($0) }, planned: planned)
        #expect(Self.limit.opening(after: dials, at: Self.now) == opensIn.map { Self.now + .seconds($0) })
    }

    /// Whatever is asked for and whenever, no stretch of time sees more of them than it may.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func noStretchOfTimeSeesMore(_ seed: UInt64) {
        var chance = SplitMix(state: seed)
        let limit = NumberLimit(dials: Int(chance.next() % 5) + 1, window: .seconds(600))
        var dials = NumberDials()
        var now = Self.now
        for _ in 0..<400 {
            now = now + .milliseconds(Int64(chance.next() % 300_000))
            guard let opening = limit.opening(after: dials, at: now) else {
                dials.sent.append(now)
                continue
            }
            #expect(opening > now)
            // Nobody waits longer than needed.
            #expect(limit.opening(after: dials, at: opening - .milliseconds(1)) == opening)
            #expect(limit.opening(after: dials, at: opening) == nil)
        }
        for first in dials.sent {
            #expect(dials.sent.count { $0 >= first && $0.since(first) < limit.window } <= limit.dials)
        }
        #expect(dials.sent.count > 50)
    }

    private func waiting(_ windows: [CallWindow] = []) throws -> Call {
        Call(
            id: CallID(rawValue: "call_1"), organization: OrganizationID(rawValue: "acme"),
            agent: AgentID(rawValue: "a"), contact: Contact(phone: try #require(PhoneNumber("+15005550001"))),
            dueAt: Self.now, createdAt: Self.now, windows: windows)
    }

    private let room = RoomName(rawValue: "sb-t-call_1-1")

    @Test func aCallToANumberOverTheLimitIsPutOffAndIsNoAttempt() throws {
        let opening = Self.now + .seconds(777)
        let scene = Scene(agentIsActive: true, numberOpening: opening)
        let call = try waiting()
        guard case .note(let moved) = call.receiving(.lineFree(room), in: scene, at: Self.now) else {
            Issue.record("it was not put off")
            return
        }
        #expect(moved.dueAt == opening && moved.expectedAt == opening)
        #expect(moved.phase == .waiting && moved.attempts.isEmpty)
    }

    @Test func itsWindowsHoldFromThere() throws {
        // It is open for an hour from now on, and the number is free in two.
        let minute = Int(Self.now.milliseconds / 60_000 % 1440)
        let window = try #require(CallWindow(start: minute, end: minute + 60, zone: .utc))
        let scene = Scene(agentIsActive: true, numberOpening: Self.now + .seconds(7200))
        let call = try waiting([window])
        guard case .note(let moved) = call.receiving(.lineFree(room), in: scene, at: Self.now) else {
            Issue.record("it was not put off")
            return
        }
        #expect(moved.dueAt == Self.now + .seconds(86_400))
    }

    /// What stops it, and what ends it, goes before.
    @Test func aStopAndASuppressionGoBeforeIt() throws {
        let opening = Self.now + .seconds(777)
        let call = try waiting()
        let stopped = Scene(
            agentIsActive: true, latch: .stop(StopID(rawValue: "stop_1")), numberOpening: opening)
        #expect(call.receiving(.lineFree(room), in: stopped, at: Self.now) == .stay)
        let inactive = Scene(agentIsActive: false, numberOpening: opening)
        #expect(call.receiving(.lineFree(room), in: inactive, at: Self.now) == .stay)
        let suppressed = Scene(
            agentIsActive: true,
            latch: .suppression(SuppressionRuleTests.suppression), numberOpening: opening)
        guard case .move(let over, _) = call.receiving(.lineFree(room), in: suppressed, at: Self.now) else {
            Issue.record("it goes on")
            return
        }
        #expect(over.status.isFinal)
    }

    /// What is under way goes on: the limit was asked when it was begun.
    @Test func aDialThatIsBeingPreparedIsSent() throws {
        guard
            case .move(let placing, _) = try waiting().receiving(
                .lineFree(room), in: Scene(agentIsActive: true), at: Self.now)
        else {
            Issue.record("it was not begun")
            return
        }
        let scene = Scene(agentIsActive: true, numberOpening: Self.now + .seconds(777))
        let event = CallEvent.sendDial(deadline: Self.now + .seconds(34), LiveKitIDs())
        guard case .move(let sent, _) = placing.receiving(event, about: room, in: scene, at: Self.now) else {
            Issue.record("it was not sent")
            return
        }
        #expect(sent.status == .connecting && sent.phase.attempt?.dial.sentAt == Self.now)
    }
}
