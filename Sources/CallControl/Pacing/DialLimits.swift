package import CallCore

/// The limits that the dispatcher keeps to.
package struct DialLimits: Sendable, Equatable {
    /// Calls with an attempt under way.
    package var maxLive: Int
    /// New attempts in any second.
    package var dialsPerSecond: Double
    /// A call later than this is not dialled any more.
    package var maxLateness: Duration
    /// Of every organization that has none of its own.
    package var everyOrganization = GateLimit()
    package var organizations: [OrganizationID: GateLimit] = [:]
    package var trunks: [String: GateLimit] = [:]
    /// How often an organization may have one number dialled; nil: as often as it likes.
    package var number: NumberLimit?
    /// The trunk of agents that name none.
    package var defaultTrunk: String?

    package init(maxLive: Int = 500, dialsPerSecond: Double = 20, maxLateness: Duration = .seconds(900)) {
        self.maxLive = maxLive
        self.dialsPerSecond = dialsPerSecond
        self.maxLateness = maxLateness
    }

    package var server: GateLimit { GateLimit(callsPerSecond: dialsPerSecond, maxLive: maxLive) }

    /// The limits of a gate, but for an agent's, which are its own.
    package func limit(of gate: DialGate) -> GateLimit {
        switch gate {
        case .server: server
        case .organization(let id): organizations[id] ?? everyOrganization
        case .trunk(let id): trunks[id] ?? GateLimit()
        case .agent: GateLimit()
        }
    }

    /// The gates that calls of an agent pass; an agent that is not there has none but its own and the server's.
    package func gates(of id: AgentID, _ agent: Agent?) -> [DialGate] {
        var gates: [DialGate] = [.server]
        if let agent {
            gates.append(.organization(agent.organization))
            if let trunk = agent.trunkID ?? defaultTrunk { gates.append(.trunk(trunk)) }
        }
        gates.append(.agent(id))
        return gates
    }

    /// The gates that a dial of the agent passes right before it leaves.
    package func ratedGates(_ agent: Agent) -> [RatedGate] {
        limited(agent).compactMap { gate, limit in limit.rate.map { RatedGate(gate: gate, rate: $0) } }
    }

    /// The gates of these agents that let only so many begin in a second.
    package func pacedGates(_ agents: some Sequence<Agent>) -> Set<DialGate> {
        agents.reduce(into: []) { gates, agent in
            for (gate, limit) in limited(agent) where limit.callsPerSecond != nil { gates.insert(gate) }
        }
    }

    /// Those of them that anything limits, with what does.
    package func limited(_ agent: Agent) -> [(gate: DialGate, limit: GateLimit)] {
        gates(of: agent.id, agent).compactMap { gate in
            let limit = if case .agent = gate { agent.limit } else { limit(of: gate) }
            return limit.isNone ? nil : (gate, limit)
        }
    }
}

extension Agent {
    package var limit: GateLimit { GateLimit(callsPerSecond: callsPerSecond, maxLive: maxConcurrentCalls) }
}
