import CallControl
import CallCore

/// A hundred thousand calls over three days, in which the clocks are changed in two of their five zones.
///
/// On 2026-04-05 Santiago goes back by an hour, at midnight, and Lord Howe by half of one.
struct CampaignPlan {
    /// 2026-04-04T00:00:00Z.
    static let start: Int64 = 1_775_260_800_000
    static let length: Int64 = 3 * 86_400_000

    static let zones = [
        "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Berlin", "America/New_York",
    ]
    /// Most of the calls, in batches.
    static let crowd = OrganizationID(rawValue: "crowd")
    /// Urgent calls, one now and then.
    static let small = OrganizationID(rawValue: "small")
    /// These two rush at the same moments, and one has three turns where the other has one.
    static let heavy = OrganizationID(rawValue: "heavy")
    static let light = OrganizationID(rawValue: "light")

    let agents: [Agent]
    let calls: [Call]
    /// The crowd's calls again, in their batches.
    let batches: [Batch]
    let stops: [PlannedStop]
    let suppressions: [PlannedSuppression]
    let lateCalls: [LateCall]
    let hastySuppressions: [HastySuppression]
    let outage: Outage
    let limits: DialLimits

    init(calls count: Int, seed: UInt64) {
        let chance = Chance(seed: seed, 11)
        let scale = Double(count) / 100_000
        let agents = Self.agents(scale)
        let rushes = Self.rushes(chance)
        let calls = (0..<count).compactMap { index in
            Self.call(index, of: count, agents, rushes, chance)
        }
        let batches = Self.batches(calls)
        limits = Self.limits(scale)
        stops = (0..<12).map { _ in Self.stop(agents, calls, batches, chance) }
        suppressions = Self.suppressions(calls, chance)
        lateCalls = Self.lateCalls(suppressions, beside: stops, agents)
        hastySuppressions = Self.hastySuppressions(calls, chance)
        outage = Self.outage
        self.agents = agents
        self.calls = calls
        self.batches = batches
    }

    /// The fewer calls, the narrower the gates: they must hold calls up in any case.
    private static func limits(_ scale: Double) -> DialLimits {
        var limits = DialLimits(
            maxLive: max(6, Int(200 * scale)), dialsPerSecond: max(1, 20 * scale), maxLateness: .seconds(4 * 86_400))
        limits.organizations = [
            crowd: GateLimit(callsPerSecond: max(1, 12 * scale)), heavy: GateLimit(weight: 3), light: GateLimit(),
        ]
        limits.trunks = ["ST_day": GateLimit(callsPerSecond: max(1, 6 * scale), maxLive: max(4, Int(120 * scale)))]
        limits.number = NumberLimit(dials: 3, window: .seconds(6 * 3600))
        return limits
    }

    private static func agents(_ scale: Double) -> [Agent] {
        let start = Moment(milliseconds: start)
        let ofCrowd = zones.enumerated().map { index, zone in
            Agent(
                id: AgentID(rawValue: "agent-\(zone)"), organization: crowd, name: zone,
                agentName: "robot", trunkID: index < 3 ? "ST_day" : "ST_other",
                maxConcurrentCalls: max(3, Int(80 * scale)), callsPerSecond: index == 3 ? max(1, 3 * scale) : nil,
                createdAt: start)
        }
        return ofCrowd
            + [small, heavy, light].map { organization in
                Agent(
                    id: AgentID(rawValue: "agent-\(organization)"), organization: organization,
                    name: organization.rawValue, trunkID: "ST_other", createdAt: start)
            }
    }
}
