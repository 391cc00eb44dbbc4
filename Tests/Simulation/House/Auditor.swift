import CallControl
import CallCore
import Dispatching
import LiveKit
import Sandbox

/// Writes down what was committed and what was sent, and says at once what must never be.
///
/// The truth about phones is the network's; what the store says is only compared with it.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Auditor: @unchecked Sendable {
    /// What one call came to.
    struct CallStory {
        let number: Int
        let insertedAt: Int64
        var call: Call
        /// As it was asked for; a bulk cancel may take it from a call that it leaves.
        let retries: RetryPlan?
        /// When each accepted cancel was asked for; must be one at most.
        var accepted: [Int64] = []
        /// Cancels whose answer was lost with their node.
        var unanswered = 0
    }

    /// What one room came to.
    struct RoomStory {
        var dialsSent = 0
        /// Dials that are on their way to LiveKit.
        var flying = 0
        /// Until when a dial may be in flight, as it was committed.
        var deadline: Int64?
        /// Of all who were given the dial, the last one's.
        var newestFence: Int64 = 0
        var armedAt: Int64?
        /// Since the last order to hang up; nil, while there was none.
        var wasLookedAtSince: Bool?
        var firstVerifiedAt: Int64?
        var verifiedAt: Int64?
        /// Nothing that LiveKit offers ends this room.
        var isStubborn = false
        /// Somebody else deleted it.
        var wasDeletedByOthers = false
    }

    /// A dial under way, so that its arrival can be told.
    struct Flight: Sendable { let room: String? }

    static let installation = "sim"

    let scheduler: Scheduler
    let phones: PhoneWorld
    let trace: Trace
    private(set) var calls: [CallID: CallStory] = [:]
    private(set) var rooms: [String: RoomStory] = [:]
    private(set) var faults: [String] = []
    /// Hears of a room whose termination must be called stuck by now.
    var onOverdue: @Sendable (RoomName) -> Void = { _ in }
    /// Stops that are in force.
    private(set) var stops: [Stop] = []
    /// Windows of agents and of the organization that are in force.
    private var windows: [WiderWindow] = []
    /// Calls may be cancelled by one request for many, or by a stop.
    var bulkCancels = false
    /// There is always a node that is at work: then alarms come in time.
    private let isSteady: Bool
    private let maxLive: Int?

    /// `isShared`: a store that is made for several nodes.
    init(_ scheduler: Scheduler, _ phones: PhoneWorld, _ trace: Trace, _ plan: Plan, isShared: Bool) {
        self.scheduler = scheduler
        isSteady = plan.isSteady
        // On a store for one node, two look and admit one beside the other: between them the limit is not exact.
        maxLive = plan.nodes == 1 || isShared ? plan.policy.limits.maxLive : nil
        self.phones = phones
        self.trace = trace
    }

    func fault(_ promise: String, _ what: String) {
        trace.note("BROKEN", "\(promise): \(what)")
        if faults.count < 20 { faults.append("\(promise): \(what)") }
    }

    /// A room's name for people.
    func alias(_ room: String?) -> String {
        guard let room else { return "" }
        guard let (id, attempt) = RoomName(rawValue: room).call(installation: Self.installation) else { return room }
        return "call \(calls[id]?.number ?? 0)/\(attempt)"
    }

    func alias(_ id: CallID) -> String { "call \(calls[id]?.number ?? 0)" }

    func change(_ room: String, _ body: (inout RoomStory) -> Void) { body(&rooms[room, default: RoomStory()]) }
    func change(_ id: CallID, _ body: (inout CallStory) -> Void) {
        guard var story = calls[id] else { return }
        body(&story)
        calls[id] = story
    }
}

// MARK: What was committed

extension Auditor {
    /// Calls that were not over when they were last seen, in the order of their coming.
    var unfinished: [CallID] {
        calls.values.filter { !$0.call.status.isFinal }.sorted { $0.number < $1.number }.map(\.call.id)
    }

    func inserted(_ call: Call) {
        calls[call.id] = CallStory(
            number: calls.count + 1, insertedAt: scheduler.now, call: call, retries: call.retries)
        trace.note("inserted", "\(alias(call.id)) to \(call.contact.phone.e164)")
    }

    func decided(_ decided: Decided) {
        switch decided.verdict {
        case .moved, .noted: saw(decided.call)
        case .stayed, .refused, .leaseLost: break
        }
    }

    /// A call as it was just committed.
    func saw(_ call: Call) {
        guard let old = calls[call.id]?.call else { return }
        if old.status.isFinal, call.phase != old.phase {
            fault("G3", "\(alias(call.id)) was \(old.status) and became \(call.status)")
        }
        if call.status != old.status { trace.note("status", "\(alias(call.id)) \(old.status) -> \(call.status)") }
        for attempt in call.attempts {
            unsaid(attempt)
            guard case .out(let sent, let deadline) = attempt.dial, rooms[attempt.room.rawValue]?.deadline == nil else {
                continue
            }
            change(attempt.room.rawValue) { $0.deadline = deadline.milliseconds }
            if let stop = stops.first(where: { $0.scope.covers(call) }) {
                fault("G8", "\(alias(attempt.room.rawValue)) is sent though \(stop.scope) is stopped")
            }
            let wider = window(for: call)
            if !call.isOpen(at: sent, under: wider) {
                fault(
                    "window",
                    "\(alias(attempt.room.rawValue)) is sent while a window is closed: \(String(describing: wider))")
            }
            for other in earlierRooms(of: attempt.room.rawValue) where isUnverified(other) {
                fault("G4", "\(alias(attempt.room.rawValue)) is sent, and \(alias(other)) is not verified")
            }
            trace.note(
                "sent", "\(alias(attempt.room.rawValue)) at \(sent.milliseconds), deadline \(deadline.milliseconds)")
        }
        if let attempt = old.phase.attempt, call.phase.attempt?.room != attempt.room { armed(attempt.room) }
        change(call.id) { $0.call = call }
        if old.status == .initiated, call.status == .connecting, let maxLive {
            let live = calls.values.count { $0.call.phase.attempt != nil }
            if live > maxLive { fault("limits", "\(live) calls are live, \(maxLive) may be") }
        }
    }

    /// What was to be sent and was not may be sent anew; what was sent may not.
    private func unsaid(_ attempt: Attempt) {
        let room = attempt.room.rawValue
        guard attempt.dial == .planned, let story = rooms[room], story.deadline != nil else { return }
        if story.dialsSent > 0 { fault("G4", "\(alias(room)) was dialled, and is planned again") }
        change(room) { $0.deadline = nil }
        trace.note("unsent", alias(room))
    }

    func hasWindow(_ window: CallWindow?, of owner: WindowOwner) {
        guard windows.first(where: { $0.owner == owner })?.window != window else { return }
        trace.note("WINDOW", "\(owner): \(window.map { "\($0.start) to \($0.end)" } ?? "none")")
        windows.removeAll { $0.owner == owner }
        if let window { windows.append(WiderWindow(window, of: owner)) }
    }

    /// What holds for a call that names none itself.
    private func window(for call: Call) -> WiderWindow? {
        windows.first { $0.owner == .agent(call.agent) }
            ?? windows.first { $0.owner == .organization(call.organization) }
    }

    /// Whose window is not as it was at the beginning.
    var windowOwners: [WindowOwner] { windows.map(\.owner) }

    func set(_ stop: Stop) {
        trace.note("STOP", "\(stop.scope) \(stop.live) \(stop.queue)")
        stops.append(stop)
        bulkCancels = true
    }

    func released(_ id: StopID) {
        trace.note("RELEASE")
        stops.removeAll { $0.id == id }
    }

    func armed(_ room: RoomName) {
        trace.note("armed", alias(room.rawValue))
        guard rooms[room.rawValue]?.armedAt == nil || rooms[room.rawValue]?.verifiedAt != nil else { return }
        let now = scheduler.now
        change(room.rawValue) { story in
            story.armedAt = now
            story.verifiedAt = nil
        }
        guard isSteady else { return }
        scheduler.alarm(at: now + Self.stuckIsSaidWithin) { [weak self] in
            guard let self, let story = rooms[room.rawValue], story.armedAt == now, story.verifiedAt == nil else {
                return
            }
            onOverdue(room)
        }
    }

    /// After 60 s, within 5 s, and a little for a store that takes its time.
    private static let stuckIsSaidWithin: Int64 = 66_000

    func settled(_ settlement: TerminationSettlement, _ lease: TerminationLease) {
        trace.note("settled", "\(alias(lease.room.rawValue)) \(settlement)")
        guard settlement == .verified else { return }
        let room = lease.room.rawValue
        for leg in phones.view.legs.find(room: room) where leg.stage != .over && !isExempt(leg) && !isLate(leg) {
            fault("G1", "\(alias(room)) is verified, and its phone is \(leg.stage)")
        }
        if isFlying(room) { fault("G1", "\(alias(room)) is verified, and its dial is on its way") }
        change(room) { story in
            story.verifiedAt = scheduler.now
            story.firstVerifiedAt = story.firstVerifiedAt ?? scheduler.now
        }
    }

    /// A deadline is written down by one node's clock and read by another's.
    private static let clocksDiffer: Int64 = 700

    /// LiveKit carried the dial out when its deadline no longer held: nobody could know of it.
    func isLate(_ leg: Leg) -> Bool {
        guard let deadline = rooms[leg.dial.roomName]?.deadline else { return false }
        return leg.acceptedAt + (leg.dial.timeout ?? 0) > deadline - Self.clocksDiffer
    }

    /// A dial is on its way to LiveKit, and may still come in time.
    private func isFlying(_ room: String) -> Bool {
        guard let story = rooms[room], let deadline = story.deadline else { return false }
        return story.flying > 0 && scheduler.now < deadline - Self.clocksDiffer
    }

    /// What nothing in LiveKit's API can see or stop, by its name: a lost CANCEL, and a room that LiveKit cannot end.
    func isExempt(_ leg: Leg) -> Bool {
        leg.script.onCancel == .hearsNothing || rooms[leg.dial.roomName]?.isStubborn == true
    }
}

// MARK: What was sent

extension Auditor {
    func sending(_ request: LiveKitRequest, reachesLiveKit: Bool, serverTimeout: Duration?, skew: Int64) -> Flight {
        guard let room = request.room else { return Flight(room: nil) }
        guard RoomName(rawValue: room).call(installation: Self.installation) != nil else {
            fault("G7", "a request about \(room), which is not ours")
            return Flight(room: nil)
        }
        asking(request, room)
        if request.hangsUp { hangingUp(room) }
        if case .createRoom = request, phones.view.rooms[room]?.undeletable == .stubborn {
            change(room) { $0.isStubborn = true }
        }
        guard case .dial = request else { return Flight(room: nil) }
        dialling(room, serverTimeout ?? .zero, skew)
        guard reachesLiveKit else { return Flight(room: nil) }
        change(room) { $0.flying += 1 }
        return Flight(room: room)
    }

    func arrived(_ flight: Flight) {
        if let room = flight.room { change(room) { $0.flying -= 1 } }
    }

    private func dialling(_ room: String, _ serverTimeout: Duration, _ skew: Int64) {
        change(room) { $0.dialsSent += 1 }
        guard let story = rooms[room] else { return }
        if story.dialsSent > 1 { fault("G4", "\(alias(room)) is dialled \(story.dialsSent) times") }
        guard let deadline = story.deadline else {
            return fault("G4", "\(alias(room)) is dialled and not written down")
        }
        // Attempts of one call come one after the other.
        for other in earlierRooms(of: room) {
            for leg in phones.view.legs.find(room: other) where leg.stage != .over && !isExempt(leg) && !isLate(leg) {
                fault("G4", "\(alias(room)) is dialled, and the phone of \(alias(other)) is \(leg.stage)")
            }
            if isFlying(other) { fault("G4", "\(alias(room)) is dialled while \(alias(other)) is on its way") }
        }
        if !mayRing(room, at: Moment(milliseconds: scheduler.now + skew)) {
            fault("window", "\(alias(room)) is dialled while a window of its call is closed")
        }
        let end = scheduler.now + skew + Int64(serverTimeout / .milliseconds(1))
        if end > deadline { fault("G4", "\(alias(room)) is dialled \(end - deadline) ms too late for its deadline") }
    }

    /// By the clock of its node; between the decision and the dial there may be what is left between that one's deadline and the server's.
    private func mayRing(_ room: String, at moment: Moment) -> Bool {
        guard let (id, _) = RoomName(rawValue: room).call(installation: Self.installation), let story = calls[id] else {
            return true
        }
        return story.call.isOpen(at: moment, under: nil) || story.call.isOpen(at: moment - .seconds(3), under: nil)
    }

    /// A phone was called there, and is not verified to be silent.
    private func isUnverified(_ room: String) -> Bool {
        guard let story = rooms[room], story.dialsSent > 0 else { return false }
        return story.armedAt != nil && story.verifiedAt == nil
    }

    private func earlierRooms(of room: String) -> [String] {
        guard let (id, number) = RoomName(rawValue: room).call(installation: Self.installation) else { return [] }
        return (1..<number).map { RoomName(installation: Self.installation, call: id, attempt: $0).rawValue }
    }

    /// Deleted before the phone's join, LiveKit makes the room anew, with a phone that rings on.
    private func hangingUp(_ room: String) {
        if isFlying(room) { fault("G2", "\(alias(room)) is hung up while its dial is on its way") }
        if phones.view.legs.find(room: room).contains(where: { $0.stage == .accepted && !isLate($0) }) {
            fault("G2", "\(alias(room)) is hung up before its phone has joined")
        }
    }
}
