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
        var dialledAt = Moment(milliseconds: 0)
        var end: (status: CallStatus, reason: FailureReason?, at: Moment)?
        var isUp = false
    }

    private let agents: [AgentID: Agent]
    let calls: [CallID: Call]
    private var stories: [CallID: Story] = [:]
    private var calendars: [String: Calendar] = [:]
    private var gates: GateWatch
    private var numbers: NumberWatch?
    private var turns: TurnWatch
    private var suppressions = SuppressionWatch()
    private var budgets: [BatchID: BudgetWatch] = [:]
    private var breakers: [BatchID: BreakerWatch] = [:]
    /// Stops in force, since when.
    var stops: [StopID: (stop: CampaignPlan.PlannedStop, since: Moment)] = [:]
    /// Of all that were in force at any time.
    private(set) var pauses: [(stop: CampaignPlan.PlannedStop, from: Moment, to: Moment)] = []
    private(set) var faults: [String] = []
    private(set) var dials = 0
    private(set) var longestUrgent: Duration = .zero

    init(_ plan: CampaignPlan) {
        agents = Dictionary(plan.agents.map { ($0.id, $0) }) { first, _ in first }
        calls = Dictionary((plan.calls + plan.lateCalls.map(\.call)).map { ($0.id, $0) }) { first, _ in first }
        gates = GateWatch(plan.limits)
        numbers = plan.limits.number.map { NumberWatch($0) }
        turns = TurnWatch(
            [CampaignPlan.heavy, CampaignPlan.light].map { ($0, plan.limits.organizations[$0]?.weight ?? 1) },
            plan.calls)
        for batch in plan.batches {
            budgets[batch.id] = batch.guards.budget.map { BudgetWatch(batch.id, $0) }
            breakers[batch.id] = batch.guards.breaker.map { BreakerWatch(batch.id, $0) }
        }
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

    func suppressed(_ planned: CampaignPlan.PlannedSuppression, at now: Moment) {
        suppressions.suppressed(planned, at: now)
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
        watch(call, agent, order.room, at: now)
        judgeAttempt(call, at: now)
        if call.priority == 0, stories[call.id]?.dials == 1, !wasHeld(call, until: now) {
            longestUrgent = max(longestUrgent, now.since(call.dueAt))
        }
    }

    private func watch(_ call: Call, _ agent: Agent, _ room: RoomName, at now: Moment) {
        var found = gates.dialled(agent, room, at: now).map(Optional.some)
        found.append(numbers?.dialled(call, at: now))
        found.append(turns.dialled(call, at: now))
        found.append(suppressions.dialled(call, at: now))
        if let batch = call.batch {
            found.append(budgets[batch]?.dialled(at: now))
            found.append(breakers[batch]?.dialled(at: now))
        }
        found.compactMap(\.self).forEach(fault)
    }

    func ended(_ order: DialOrder, _ status: CallStatus, _ reason: FailureReason?, at now: Moment) {
        stories[order.call.id]?.end = (status, reason, now)
    }

    /// A phone is silent: its call was live until then at least.
    func silent(_ room: RoomName, of id: CallID, at now: Moment) {
        guard let call = calls[id], let agent = agents[call.agent], let story = stories[id], story.isUp else { return }
        stories[id]?.isUp = false
        gates.silent(room, of: agent)
        guard let batch = call.batch, let end = story.end else { return }
        breakers[batch]?.ended(end.status, at: now)
        if end.status == .completed { budgets[batch]?.talked(now.since(end.at), until: now) }
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
        story.dialledAt = now
        story.end = nil
        story.isUp = true
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
        let story = stories[call.id] ?? Story()
        if story.dials != attempts { fault("\(call.id) was dialled \(story.dials) times, and says \(attempts)") }
        // Only a suppression keeps a call from its attempts.
        guard let end = story.end, !isRetried(call, after: story) else {
            let last = story.end.map { (story.dialledAt, $0.at, $0.status) }
            if let what = suppressions.judge(call, status, last: last) { fault(what) }
            return
        }
        if end.status != status { fault("\(call.id) is \(status.rawValue), its phone was \(end)") }
    }

    /// At the end: a pause that the program has made itself.
    func judge(_ stop: Stop) {
        guard case .batch(let batch) = stop.scope, let cause = stop.cause else { return }
        let what: String? =
            switch cause {
            case .budget: budgets[batch]?.judge(stop)
            case .breaker: breakers[batch]?.judge(stop)
            }
        if let what { fault("\(batch) is paused from \(stop.at) to \(String(describing: stop.release?.at)): \(what)") }
    }

    /// Calls of whom nobody is on the phone at this moment: where their numbers are suppressed, nothing is left for them to wait for.
    func callsAtRest(in planned: CampaignPlan.PlannedSuppression, at now: Moment) -> [CallID] {
        let numbers = Set(planned.numbers)
        return calls.values.filter { call in
            call.organization == planned.organization && numbers.contains(call.contact.phone) && call.createdAt <= now
                && stories[call.id]?.isUp != true
                && stories[call.id].map { $0.end.map { $0.at < now } ?? false } != false
        }.map(\.id).sorted { $0.rawValue < $1.rawValue }
    }

    func wasDialled(_ id: CallID, since moment: Moment) -> Bool {
        stories[id].map { $0.dialledAt >= moment } ?? false
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

extension CampaignJudge {
    /// What held up nobody, and so was not tried.
    var untried: [String] {
        var untried: [String] = []
        if let numbers, !numbers.isTried { untried.append("the limit on dials to a number") }
        if !turns.isTried { untried.append("the weights of organizations") }
        if !suppressions.isTried { untried.append("suppressions") }
        for (batch, budget) in budgets where !budget.isTried { untried.append("the budget of \(batch)") }
        for (batch, breaker) in breakers where !breaker.isTried { untried.append("the breaker of \(batch)") }
        return untried.sorted()
    }

    /// How far each limit was used.
    var summary: [String] {
        let guarded = budgets.map { ($0.key, $0.value.summary) } + breakers.map { ($0.key, $0.value.summary) }
        return [numbers?.summary, turns.summary, suppressions.summary].compactMap(\.self)
            + guarded.sorted { $0.0.rawValue < $1.0.rawValue }.map(\.1)
            + ["the most at each gate: \(gates.summary)"]
    }
}
