package import CallCore

/// The rule of admission: which of the waiting calls may be begun now, and in what order.
///
/// Organizations take turns by their weights; within one the most urgent call goes first, and queues of the same urgency take
/// turns. What a gate does not let pass waits, and nobody behind other gates waits for it.
package struct Pacing: Sendable {
    package let limits: DialLimits
    package let now: Moment
    package private(set) var rotation: Rotation
    /// Of the gates whose starts are limited, as they were read.
    private var paces: [DialGate: Pace]
    /// Those of them that have changed since.
    package private(set) var moved: [DialGate: Pace] = [:]
    private let agents: [AgentID: Agent]
    /// The trunks that agents' calls take, where these are limited.
    private var trunks: [AgentID: DialGate] = [:]
    private var live: [DialGate: Int] = [:]
    private let lastPlaces: [DialGate: Moment]
    /// Agents of whom nobody may begin a call now, whatever waits: one queue of each is enough to be read.
    package private(set) var shut: Set<AgentID> = []

    /// `agents`: those of the queues and of the live calls; `live`: how many calls each of them has under way; `lastPlaces`: the
    /// last that were taken by dials about to leave.
    package init(
        _ limits: DialLimits, rotation: Rotation, agents: [AgentID: Agent], live: [AgentID: Int],
        paces: [DialGate: Pace], lastPlaces: [DialGate: Moment] = [:], at now: Moment
    ) {
        self.lastPlaces = lastPlaces
        self.limits = limits
        self.rotation = rotation
        self.agents = agents
        self.paces = paces
        self.now = now
        for (agent, count) in live {
            for gate in gates(of: agent) { self.live[gate, default: 0] += count }
        }
        for agent in agents.keys { trunks[agent] = gates(of: agent).first { $0.isTrunk && !limit(of: $0).isNone } }
        shut = Set(agents.keys.filter { opening(for: $0).map { $0 > now } ?? true })
    }

    /// So many calls from the front of this queue.
    package struct Pick: Sendable, Equatable {
        package let queue: CallQueue
        package internal(set) var count: Int
    }

    /// What to begin now, at most so many calls, in the order of their turns.
    ///
    /// A queue may turn out to be shorter than its pick.
    package func picks(_ heads: [QueueHead], atMost limit: Int) -> [Pick] {
        var trial = self
        var picks: [Pick] = []
        for _ in 0..<limit {
            guard let queue = trial.next(heads) else { break }
            trial.begin(queue)
            if let place = picks.firstIndex(where: { $0.queue == queue }) {
                picks[place].count += 1
            } else {
                picks.append(Pick(queue: queue, count: 1))
            }
        }
        return picks
    }

    /// A call of this queue has been begun.
    package mutating func begin(_ queue: CallQueue) {
        for gate in gates(of: queue.agent) {
            live[gate, default: 0] += 1
            guard let rate = limit(of: gate).rate else { continue }
            var pace = paces[gate, default: Pace()]
            pace.start(rate, at: now)
            paces[gate] = pace
            moved[gate] = pace
        }
        rotation.served(
            queue, weight: limits.limit(of: .organization(queue.organization)).weight, through: trunks[queue.agent])
    }

    /// When to look again; nil: when a call has ended, or a new one has come.
    package func again(_ heads: [QueueHead]) -> Moment? {
        var dues: [AgentID: Moment] = [:]
        for head in heads { dues[head.queue.agent] = min(dues[head.queue.agent] ?? head.due, head.due) }
        // What is due first behind a gate that was shut is not known.
        return dues.compactMap { agent, due in opening(for: agent).map { shut.contains(agent) ? $0 : max($0, due) } }
            .min()
    }

    /// How full the gates are that calls of an agent pass, those without a limit left out.
    package func loads(of agent: AgentID) -> [GateLoad] {
        gates(of: agent).compactMap { gate in
            let limit = limit(of: gate)
            guard !limit.isNone else { return nil }
            let opening = limit.rate.map { self.opening(of: gate, $0) } ?? now
            return GateLoad(gate: gate, limit: limit, live: live[gate, default: 0], opening: opening)
        }
    }

    /// The server's own rate lets nothing begin before.
    package var notBefore: Moment {
        limits.server.rate.map { opening(of: .server, $0) } ?? now
    }

    /// By its pace; where dials that are about to leave stand in line, not before most of them have left: a room and an agent are
    /// not made to wait for long.
    private func opening(of gate: DialGate, _ rate: StartRate) -> Moment {
        let opening = paces[gate, default: Pace()].free(rate, at: now)
        guard let last = lastPlaces[gate], last.since(now) <= StartLog.farthest else { return opening }
        // Short, so that who comes next waits for two places at the most: for his turn, and in this line. At quick rates as long as
        // rooms and agents differ in the time that they take.
        let line: Duration = rate.interval >= Self.slowInterval ? .milliseconds(25) : .milliseconds(100)
        return max(opening, last - line)
    }

    /// In microseconds.
    private static let slowInterval: Int64 = 30_000

    /// Each limited trunk sends whose turn it is there; among these and those who take no such trunk the turns of all decide.
    ///
    /// While they stood before it, others have come further than they: their own turns must not hang on that.
    private func next(_ heads: [QueueHead]) -> CallQueue? {
        var isOpen: [AgentID: Bool] = [:]
        var sent: [(trunk: DialGate?, head: QueueHead, rank: Rank)] = []
        for head in heads where head.due <= now {
            let agent = head.queue.agent
            // Who came in between two readings is looked at next time: his limits are not known.
            let passes = isOpen[agent] ?? (agents[agent] != nil && opening(for: agent).map { $0 <= now } ?? false)
            isOpen[agent] = passes
            guard passes else { continue }
            let trunk = trunks[agent]
            let rank = rank(head, rotation.ways(at: trunk ?? .server))
            if let place = sent.firstIndex(where: { $0.trunk == trunk }) {
                if rank < sent[place].rank { sent[place] = (trunk, head, rank) }
            } else {
                sent.append((trunk, head, rank))
            }
        }
        let ways = rotation.ways(at: .server)
        return sent.map { (queue: $0.head.queue, rank: rank($0.head, ways)) }.min { $0.rank < $1.rank }?.queue
    }

    private typealias Rank = (way: Int, organization: Int, urgency: Int, queue: Int, priority: Int, due: Moment)

    private func rank(_ head: QueueHead, _ ways: Ways) -> Rank {
        (
            ways.way(of: head.queue.organization), ways.lastTurn(of: head.queue.organization),
            head.urgency(at: now), rotation.lastTurn(of: head.queue), head.queue.priority, head.due
        )
    }

    /// When all gates let a call of the agent pass; nil: not before another call has ended.
    private func opening(for agent: AgentID) -> Moment? {
        var opening = now
        for gate in gates(of: agent) {
            let limit = limit(of: gate)
            if let maxLive = limit.maxLive, live[gate, default: 0] >= maxLive { return nil }
            if let rate = limit.rate { opening = max(opening, self.opening(of: gate, rate)) }
        }
        return opening
    }

    private func gates(of agent: AgentID) -> [DialGate] { limits.gates(of: agent, agents[agent]) }
    private func limit(of gate: DialGate) -> GateLimit {
        if case .agent(let id) = gate { agents[id]?.limit ?? GateLimit() } else { limits.limit(of: gate) }
    }
}
