import CallControl
import CallCore

/// A hundred thousand calls over three days, in which the clocks are changed in two of their five zones.
///
/// On 2026-04-05 Santiago goes back by an hour, and Lord Howe by half of one.
struct CampaignPlan {
    /// 2026-04-04T00:00:00Z.
    static let start: Int64 = 1_775_260_800_000
    static let length: Int64 = 3 * 86_400_000

    static let zones = [
        "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Berlin", "America/New_York",
    ]
    static let crowd = OrganizationID(rawValue: "crowd")
    static let small = OrganizationID(rawValue: "small")

    /// A stop that is set at its time and released after a while; it holds what waits, and leaves what is live.
    struct PlannedStop {
        let at: Int64
        let length: Int64
        let scope: StopScope
        let organization: OrganizationID
    }

    private(set) var agents: [Agent] = []
    private(set) var calls: [Call] = []
    private(set) var stops: [PlannedStop] = []
    let limits: DialLimits

    init(calls count: Int, seed: UInt64) {
        let chance = Chance(seed: seed, 11)
        let start = Moment(milliseconds: Self.start)
        // The fewer calls, the narrower the gates: they must hold calls up in any case.
        let scale = Double(count) / 100_000
        var limits = DialLimits(
            maxLive: max(6, Int(200 * scale)), dialsPerSecond: max(1, 20 * scale), maxLateness: .seconds(4 * 86_400))
        limits.organizations = [Self.crowd: GateLimit(callsPerSecond: max(1, 12 * scale))]
        limits.trunks = ["ST_day": GateLimit(callsPerSecond: max(1, 6 * scale), maxLive: max(4, Int(120 * scale)))]
        self.limits = limits
        for (index, zone) in Self.zones.enumerated() {
            agents.append(
                Agent(
                    id: AgentID(rawValue: "agent-\(zone)"), organization: Self.crowd, name: zone,
                    agentName: "robot", trunkID: index < 3 ? "ST_day" : "ST_other",
                    maxConcurrentCalls: max(3, Int(80 * scale)), callsPerSecond: index == 3 ? max(1, 3 * scale) : nil,
                    createdAt: start))
        }
        agents.append(
            Agent(
                id: AgentID(rawValue: "agent-small"), organization: Self.small, name: "small", trunkID: "ST_other",
                createdAt: start))
        for index in 0..<count { calls.append(call(index, chance)) }
        for _ in 0..<12 { stops.append(stop(chance)) }
    }

    private func call(_ index: Int, _ chance: Chance) -> Call {
        let start = Moment(milliseconds: Self.start)
        let isSmall = index.isMultiple(of: 100)
        let place = index % Self.zones.count
        let agent = isSmall ? agents[Self.zones.count] : agents[place]
        // Of the small organization are the urgent calls, at any hour, and never again.
        let windows = isSmall ? [] : windows(Zone(accepted: Self.zones[place]), chance)
        let scheduled = start + .milliseconds(chance.draw(0...(Self.length - 36 * 3_600_000)))
        let phone = PhoneNumber("+1500\(1_000_000 + index)") ?? agent.phoneNumbers[0]
        return Call(
            id: CallID(rawValue: "call_\(index)"), organization: agent.organization, agent: agent.id,
            batch: isSmall ? nil : BatchID(rawValue: "batch_\(index / 5000)"), contact: Contact(phone: phone),
            priority: isSmall ? 0 : chance.draw(1...10), scheduledAt: scheduled,
            dueAt: windows.nextOpening(from: scheduled) ?? scheduled, createdAt: start,
            retries: isSmall || chance.strikes(0.4) ? nil : retries(chance), windows: windows)
    }

    /// Through the day, a short while, or over midnight.
    private func windows(_ zone: Zone, _ chance: Chance) -> [CallWindow] {
        let hours = chance.pick([(8 * 60, 20 * 60), (8 * 60, 20 * 60), (10 * 60, 12 * 60 + 30), (20 * 60, 3 * 60)])
        return [CallWindow(start: hours.0, end: hours.1, zone: zone)].compactMap(\.self)
    }

    private func retries(_ chance: Chance) -> RetryPlan {
        RetryPlan(
            maxRetries: chance.draw(1...3), times: .after([.seconds(chance.draw(5...180) * 60)]),
            onFailed: chance.strikes(0.5))
    }

    private func stop(_ chance: Chance) -> PlannedStop {
        let agent = chance.pick(agents)
        let scopes: [StopScope] = [
            .all, .agent(agent.id), .batch(chance.pick(calls).batch ?? BatchID(rawValue: "batch_0")),
            .phone(chance.pick(calls).contact.phone),
        ]
        return PlannedStop(
            at: chance.draw(3_600_000...(Self.length - 3_600_000)), length: chance.draw(600_000...3_600_000),
            scope: chance.pick(scopes), organization: agent.organization)
    }
}
