import CallControl
import CallCore

/// Counts who passes each gate in any second, and who is live behind it.
struct GateWatch {
    private let limits: DialLimits
    /// When the last dials have left, by gate; the oldest first.
    private var starts: [String: [Moment]] = [:]
    private var live: [String: Int] = [:]
    private var liveRooms: Set<RoomName> = []
    /// The most that any gate's limit of a second was used, and its limit of live calls.
    private(set) var fullest: [String: (perSecond: Int, live: Int)] = [:]

    init(_ limits: DialLimits) { self.limits = limits }

    /// What is wrong with it.
    mutating func dialled(_ agent: Agent, _ room: RoomName, at now: Moment) -> [String] {
        var faults: [String] = []
        liveRooms.insert(room)
        for (name, limit) in gates(agent) {
            live[name, default: 0] += 1
            var log = starts[name, default: []]
            log.removeAll { now.since($0) >= .seconds(1) }
            log.append(now)
            starts[name] = log
            let counts = (log.count, live[name, default: 0])
            if let rate = limit.callsPerSecond, Double(counts.0) > max(1, rate) {
                faults.append("\(name): \(counts.0) dials in the second before \(now), \(rate) may be")
            }
            if let most = limit.maxLive, counts.1 > most {
                faults.append("\(name): \(counts.1) calls live, \(most) may be")
            }
            let known = fullest[name] ?? (0, 0)
            fullest[name] = (max(known.perSecond, counts.0), max(known.live, counts.1))
        }
        return faults
    }

    /// A phone is silent: its call was live until then at least.
    mutating func silent(_ room: RoomName, of agent: Agent) {
        guard liveRooms.remove(room) != nil else { return }
        for (name, _) in gates(agent) { live[name, default: 0] -= 1 }
    }

    private func gates(_ agent: Agent) -> [(String, GateLimit)] {
        [
            ("server", GateLimit(callsPerSecond: limits.dialsPerSecond, maxLive: limits.maxLive)),
            ("organization \(agent.organization)", limits.organizations[agent.organization] ?? GateLimit()),
            ("trunk \(agent.trunkID ?? "")", limits.trunks[agent.trunkID ?? ""] ?? GateLimit()),
            ("agent \(agent.name)", GateLimit(callsPerSecond: agent.callsPerSecond, maxLive: agent.maxConcurrentCalls)),
        ]
    }

    var summary: String {
        fullest.sorted { $0.key < $1.key }.map { "\($0): \($1.perSecond) in a second, \($1.live) live" }
            .joined(separator: "; ")
    }
}
