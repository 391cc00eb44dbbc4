import CallControl
import CallCore
import Foundation

/// Says of each dial, as it leaves, whether it may; and of each call at the end whether it had the attempts that were asked for.
///
/// It reckons with the plan and a calendar, and asks no rule of the program's.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class CampaignJudge: @unchecked Sendable {
    private struct Story {
        var dials = 0
        var end: (status: CallStatus, reason: FailureReason?, at: Moment)?
    }

    private let plan: CampaignPlan
    private let agents: [AgentID: Agent]
    let calls: [CallID: Call]
    private var stories: [CallID: Story] = [:]
    /// When the last dials have left, by gate; the oldest first.
    private var starts: [String: [Moment]] = [:]
    private var live: [String: Int] = [:]
    private var liveRooms: Set<RoomName> = []
    private var calendars: [String: Calendar] = [:]
    /// Stops in force, since when.
    var stops: [StopID: (stop: CampaignPlan.PlannedStop, since: Moment)] = [:]
    /// Of all that were in force at any time.
    private(set) var pauses: [(stop: CampaignPlan.PlannedStop, from: Moment, to: Moment)] = []
    private(set) var faults: [String] = []
    private(set) var dials = 0
    private(set) var longestUrgent: Duration = .zero
    /// The most that any gate's limit of a second was used, and its limit of live calls.
    private(set) var fullest: [String: (perSecond: Int, live: Int)] = [:]

    init(_ plan: CampaignPlan) {
        self.plan = plan
        agents = Dictionary(plan.agents.map { ($0.id, $0) }) { first, _ in first }
        calls = Dictionary(plan.calls.map { ($0.id, $0) }) { first, _ in first }
        for zone in CampaignPlan.zones {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
            calendars[zone] = calendar
        }
    }

    func fault(_ what: String) { if faults.count < 20 { faults.append(what) } }

    func released(_ id: StopID, at now: Moment) {
        guard let (stop, since) = stops.removeValue(forKey: id) else { return }
        pauses.append((stop, since, now))
    }

    func dialled(_ order: DialOrder, at now: Moment) {
        dials += 1
        guard let call = calls[order.call.id], let agent = agents[call.agent] else { return fault("an unknown call") }
        for window in call.windows where !isOpen(window, at: now) {
            fault("\(call.id) is dialled at \(now), outside \(window.zone.name) \(window.start)-\(window.end)")
        }
        for (stop, since) in stops.values
        where stop.organization == call.organization && stop.scope.covers(call) && now.since(since) > .milliseconds(20)
        {
            fault("\(call.id) is dialled at \(now) under a stop of \(since)")
        }
        pass(call, agent, order.room, at: now)
        judgeAttempt(call, at: now)
        if call.priority == 0, stories[call.id]?.dials == 1, !wasHeld(call, until: now) {
            longestUrgent = max(longestUrgent, now.since(call.dueAt))
        }
    }

    func ended(_ order: DialOrder, _ status: CallStatus, _ reason: FailureReason?, at now: Moment) {
        stories[order.call.id]?.end = (status, reason, now)
    }

    /// A phone is silent: its call was live until then at least.
    func silent(_ room: RoomName, of agent: AgentID) {
        guard liveRooms.remove(room) != nil, let agent = agents[agent] else { return }
        for (name, _) in gates(agent) { live[name, default: 0] -= 1 }
    }

    private func pass(_ call: Call, _ agent: Agent, _ room: RoomName, at now: Moment) {
        liveRooms.insert(room)
        for (name, limit) in gates(agent) {
            live[name, default: 0] += 1
            var log = starts[name, default: []]
            log.removeAll { now.since($0) >= .seconds(1) }
            log.append(now)
            starts[name] = log
            let counts = (log.count, live[name, default: 0])
            if let rate = limit.callsPerSecond, Double(counts.0) > max(1, rate) {
                fault("\(name): \(counts.0) dials in the second before \(now), \(rate) may be")
            }
            if let most = limit.maxLive, counts.1 > most { fault("\(name): \(counts.1) calls live, \(most) may be") }
            let known = fullest[name] ?? (0, 0)
            fullest[name] = (max(known.perSecond, counts.0), max(known.live, counts.1))
        }
    }

    private func gates(_ agent: Agent) -> [(String, GateLimit)] {
        [
            ("server", GateLimit(callsPerSecond: plan.limits.dialsPerSecond, maxLive: plan.limits.maxLive)),
            (agent.organization.rawValue, plan.limits.organizations[agent.organization] ?? GateLimit()),
            (agent.trunkID ?? "", plan.limits.trunks[agent.trunkID ?? ""] ?? GateLimit()),
            (agent.name, GateLimit(callsPerSecond: agent.callsPerSecond, maxLive: agent.maxConcurrentCalls)),
        ]
    }

    private func judgeAttempt(_ call: Call, at now: Moment) {
        var story = stories[call.id] ?? Story()
        if let end = story.end {
            if !isRetried(call, after: story) { fault("\(call.id) is dialled again after \(end.status)") }
            if case .after(let intervals)? = call.retries?.times, let pause = intervals.first, now.since(end.at) < pause
            {
                fault("\(call.id) is dialled again after \(now.since(end.at)), not \(pause)")
            }
        } else if story.dials > 0 {
            fault("\(call.id) is dialled while it is being dialled")
        }
        if now < (call.scheduledAt ?? now) { fault("\(call.id) is dialled before its time") }
        story.dials += 1
        story.end = nil
        stories[call.id] = story
    }

    private func isRetried(_ call: Call, after story: Story) -> Bool {
        guard let retries = call.retries, story.dials <= retries.maxRetries, let end = story.end else { return false }
        switch end.status {
        case .busy, .noAnswer: return true
        case .failed: return retries.onFailed && end.reason == .trunkFailed
        default: return false
        }
    }

    /// At the end: what has become of each call is what its plan asked for.
    func judge(_ call: Call, _ status: CallStatus, attempts: Int) {
        guard status.isFinal else { return fault("\(call.id) is \(status.rawValue) at the end") }
        guard let story = stories[call.id] else {
            return fault("\(call.id) was never dialled, and is \(status.rawValue)")
        }
        if story.dials != attempts { fault("\(call.id) was dialled \(story.dials) times, and says \(attempts)") }
        if isRetried(call, after: story) { fault("\(call.id) was dialled \(story.dials) times only") }
        if story.end?.status != status {
            fault("\(call.id) is \(status.rawValue), its phone was \(String(describing: story.end))")
        }
    }

    /// A stop was in force between its time and now.
    private func wasHeld(_ call: Call, until now: Moment) -> Bool {
        let all = pauses + stops.values.map { ($0.stop, $0.since, now) }
        return all.contains { stop, from, to in
            stop.organization == call.organization && stop.scope.covers(call) && from <= now && to >= call.dueAt
        }
    }

    private func isOpen(_ window: CallWindow, at now: Moment) -> Bool {
        let date = Date(timeIntervalSince1970: Double(now.milliseconds) / 1000)
        guard let local = calendars[window.zone.name]?.dateComponents([.hour, .minute], from: date) else {
            return false
        }
        let minute = (local.hour ?? 0) * 60 + (local.minute ?? 0)
        return window.start < window.end
            ? (window.start..<window.end).contains(minute) : minute >= window.start || minute < window.end
    }
}
