/// Rooms, agents and a phone network, as a value that time and requests are applied to.
///
/// It does nothing by itself: `advance` runs everything that was due, each thing at its own time, so that one long step
/// gives the same story as many short ones. What it has to say comes out of `takeNews` and `takeReplies`.
package struct Network: Sendable {
    package internal(set) var settings: NetworkSettings
    /// Milliseconds since 1970; what has happened until then has happened.
    package internal(set) var now: Int64
    package internal(set) var rooms: [String: NetworkRoom] = [:]
    package internal(set) var legs: LegLog
    var chance: SeededChance
    /// Agents that are on their way, by their dispatch.
    var comingAgents: [String: ComingAgent] = [:]

    private var timers = DeadlineHeap<NetworkTimer>()
    private var timersAfterSweep = 0
    private var news: [RoomNews] = []
    private var replies: [(leg: Int, reply: DialReply)] = []
    private let newID: @Sendable (String) -> String
    private let legLimit: Int

    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - legLimit: how many legs are remembered after their end.
    ///   - newID: makes an id that begins with this prefix and was never there before.
    package init(
        settings: NetworkSettings = NetworkSettings(), now: Int64, legLimit: Int = 100_000,
        newID: @escaping @Sendable (String) -> String
    ) {
        self.settings = settings
        self.now = now
        self.legLimit = legLimit
        self.newID = newID
        legs = LegLog(limit: legLimit)
        chance = SeededChance(seed: settings.seed)
    }

    /// Forgets everything.
    ///
    /// The dials that were out are answered, so nobody waits for them for ever.
    package mutating func reset(settings: NetworkSettings, now: Int64) {
        let waiting = legs.find().filter(\.owesReply).map { ($0.id, DialReply.refused(.closing)) }
        var fresh = Network(settings: settings, now: now, legLimit: legLimit, newID: newID)
        fresh.legs.startCounting(after: legs)
        fresh.replies = replies + waiting
        self = fresh
    }

    package mutating func apply(_ settings: NetworkSettings) {
        if settings.seed != self.settings.seed { chance = SeededChance(seed: settings.seed) }
        self.settings = settings
    }

    // MARK: Time

    /// When something is due next, in milliseconds since 1970.
    package var nextDeadline: Int64? { timers.next }

    /// How much is due some time, some of it for calls and rooms that are over.
    package var pendingTimers: Int { timers.count }

    package mutating func advance(to time: Int64) {
        while let (deadline, timer) = timers.pop(due: time) {
            now = max(now, deadline)
            fire(timer)
        }
        now = max(now, time)
    }

    mutating func schedule(_ timer: NetworkTimer, at time: Int64) {
        timers.push(timer, at: time)
        // The limits of calls and rooms that are long over would pile up otherwise.
        guard timers.count > 2 * timersAfterSweep + 4_096 else { return }
        let legs = legs
        let rooms = rooms
        timers.keep { timer in
            switch timer {
            case .maxCallDuration(let id), .deadline(let id), .ringingTimeout(let id):
                legs[id].map { $0.stage != .over } ?? false
            case .closeIfEmpty(let room, let sid): rooms[room]?.sid == sid
            default: true
            }
        }
        timersAfterSweep = timers.count
    }

    // MARK: What it says

    package mutating func takeNews() -> [RoomNews] {
        defer { news.removeAll(keepingCapacity: true) }
        return news
    }

    package mutating func takeReplies() -> [(leg: Int, reply: DialReply)] {
        defer { replies.removeAll(keepingCapacity: true) }
        return replies
    }

    mutating func tell(_ event: RoomNews.Event, _ room: NetworkRoom, _ participant: Participant? = nil) {
        news.append(RoomNews(id: newID("EV_"), event: event, room: room, participant: participant, at: now))
    }

    mutating func answer(_ leg: Int, _ reply: DialReply) {
        guard legs[leg]?.owesReply == true else { return }
        legs.update(leg) { $0.owesReply = false }
        replies.append((leg, reply))
    }

    func id(_ prefix: String) -> String { newID(prefix) }

    // MARK: Timers

    private mutating func fire(_ timer: NetworkTimer) {
        switch timer {
        case .join(let leg): join(leg)
        case .becomeActive(let leg): becomeActive(leg)
        case .invite(let leg): invite(leg)
        case .placed(let leg): answerPlaced(leg)
        case .ring(let leg): ring(leg)
        case .react(let leg): react(leg)
        case .giveUpRinging(let leg): giveUpRinging(leg)
        case .phoneHangsUp(let leg): phoneHangsUp(leg)
        case .ringingTimeout(let leg): ringingTimeout(leg)
        case .deadline(let leg): dialDeadline(leg)
        case .maxCallDuration(let leg): maxCallDuration(leg)
        case .hangUp(let leg): hangUp(leg)
        case .leave(let leg, let departure): leave(leg, departure)
        case .reply(let leg, let reply): answer(leg, reply)
        case .replyAfterCancel(let leg): replyAfterCancel(leg)
        case .agentJoins(let dispatch): agentJoins(dispatch)
        case .agentLeaves(let room, let participant): agentLeaves(room, participantSID: participant)
        case .agentHangsUp(let leg): agentHangsUp(leg)
        case .closeIfEmpty(let room, let sid): closeIfEmpty(room, sid: sid)
        }
    }
}
