import CallCore
import Testing

/// G3 and G4 by brute force: whatever comes in whatever order, a call ends once, and dials once an attempt.
@Suite struct RandomOrderTests {
    /// 120,000 orders of 24 events; a failure names the seed that replays it.
    @Test func noOrderOfEventsBreaksTheOneOutcome() async throws {
        for seed in UInt64(1)...120_000 {
            // Seconds of work: other tests share the thread.
            if seed % 200 == 0 { await Task.yield() }
            if let broken = try violation(seed: seed) {
                Issue.record("seed \(seed): \(broken)")
                return
            }
        }
    }

    private func violation(seed: UInt64) throws -> String? {
        var chance = SplitMix(state: seed)
        let retries = Int(chance.next() % 4)
        let times: RetryPlan.Times = seed % 2 == 0 ? .after([.seconds(4)]) : .at([Samples.created + .seconds(30)])
        var call = try Samples.waiting(
            retries: RetryPlan(maxRetries: retries, times: times, onFailed: chance.next() % 2 == 0))
        var now = Samples.created
        var final: Phase?
        var cancelsGranted = 0
        var sent: [RoomName: Int] = [:]
        var hangUps: Set<RoomName> = []
        for _ in 0..<24 {
            now = now + .milliseconds(Int64(chance.next() % 12_000))
            let isHangingUp = chance.next() % 8 == 0
            let scene = Scene(agentIsActive: chance.next() % 8 != 0, isHangingUp: isHangingUp)
            let event = event(&chance, call, at: now)
            // News come about the attempt under way, an old one, or one that never was.
            let rooms = call.attempts.map(\.room)
            let room = rooms.isEmpty || chance.next() % 16 == 0 ? nil : rooms[Int(chance.next() % UInt64(rooms.count))]
            let before = call
            var effects: [Effect] = []
            switch call.receiving(event, about: room, in: scene, at: now) {
            case .move(let next, let asked): (call, effects) = (next, asked)
            case .note(let next):
                call = next
                if next.phase.status != before.phase.status { return "a note changed the status" }
            case .stay: break
            case .refuse:
                if call != before { return "a refusal changed the call" }
            }
            if case .cancel = event, call.status == .cancelled, before.status != .cancelled { cancelsGranted += 1 }
            if let final, call.phase != final { return "left its final phase \(final) for \(call.phase)" }
            if call.status.isFinal { final = call.phase }
            if case .dialling(let attempt) = call.phase,
                before.attempts.last(where: { $0.room == attempt.room })?.dial == .planned
            {
                sent[attempt.room, default: 0] += 1
                if isHangingUp { return "\(attempt.room) is dialled, and the phone before is not silent" }
            }
            // Who said that it was leaving has said that it did not.
            if case .dialling = before.phase, case .placing(let attempt) = call.phase { sent[attempt.room] = 0 }
            for case .hangUp(let room) in effects { hangUps.insert(room) }
            // Every attempt that is over has been ordered away, dialled or not.
            for past in call.pastAttempts where !hangUps.contains(past.room) {
                return "\(past.room) is over, and stays up"
            }
            let counted = call.attempts.count { $0.status != .cancelled }
            if counted > retries + 1 { return "\(counted) attempts, with \(retries) retries" }
            if call.isRetrying, let last = call.attempts.last(where: { $0.status != .cancelled }),
                last.answeredAt != nil || last.failureReason == .indeterminate || last.status == .completed
            {
                return "\(last.room) is to be followed by another one"
            }
            if call.pastAttempts.contains(where: { $0.endedAt == nil }) { return "a past attempt has no end" }
            if call.pastAttempts.contains(where: { !$0.status.isFinal }) { return "a past attempt has no outcome" }
        }
        if cancelsGranted > 1 { return "\(cancelsGranted) cancels were granted" }
        if let twice = sent.first(where: { $0.value > 1 }) { return "\(twice.key) was dialled \(twice.value) times" }
        return nil
    }

    private func event(_ chance: inout SplitMix, _ call: Call, at now: Moment) -> CallEvent {
        let room = RoomName(installation: "i1", call: call.id, attempt: call.pastAttempts.count + 1)
        // Ways forward come more often, or most calls would never leave the start.
        switch chance.next() % 26 {
        case 0, 1, 2: return .lineFree(room)
        case 3, 4, 5: return .sendDial(deadline: now + .seconds(34), LiveKitIDs())
        case 6, 7: return .ringing
        case 8: return Samples.answer
        default:
            let event = Samples.events[Int(chance.next() % UInt64(Samples.events.count))].event
            // A room's name is used once.
            if case .lineFree = event { return .lineFree(room) }
            return event
        }
    }
}

/// A small seeded source, so that a failing order can be played again.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
