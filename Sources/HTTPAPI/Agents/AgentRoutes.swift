import CallControl
import CallCore
import HTTPTypes

/// The routes under `/api/v1/agents`.
struct AgentRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(.get, "/api/v1/agents", .keyed(list)),
            Route(.post, "/api/v1/agents", .keyed(create), keeping: Self.created),
            Route(.get, "/api/v1/agents/{id}", .keyed(get)),
            Route(.patch, "/api/v1/agents/{id}", .keyed(update), keeping: Self.updated),
            Route(.delete, "/api/v1/agents/{id}", .keyed(deactivate), keeping: Self.deactivated),
        ]
    }

    @Sendable private static func created(_ done: Done) -> Answer {
        Answer(.created, done, message: "Agent created successfully")
    }

    @Sendable private static func updated(_ done: Done) -> Answer {
        Answer(.ok, done, message: "Agent updated successfully")
    }

    @Sendable private static func deactivated(_ done: Done) -> Answer {
        Answer(.ok, done, message: "Agent deactivated successfully")
    }

    @Sendable
    private func list(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.readAgents)
        var query = inquiry.query(["limit", "offset"])
        let limit = query.whole("limit", in: 1...100) ?? 50
        let offset = query.whole("offset", in: 0 ... .max) ?? 0
        guard query.faults.isEmpty else { throw .invalid(query.faults) }
        let (agents, total) = try await asking(.agent, to: .readAgents) { () async throws(ControlError) in
            try await services.agents.list(by: caller, limit: limit, offset: offset)
        }
        return Answer(capacity: 512 + agents.count * 640) { writer in
            writer.array("agents", agents) { writer, agent in writer.object { $0.agent(agent) } }
            writer.pagination(
                total: total, limit: limit, offset: offset, hasMore: total - agents.count > offset, next: nil,
                isEstimate: false)
        }
    }

    @Sendable
    private func create(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.changeAgents)
        let input = try AgentInput(try await inquiry.requiredJSON(), isNew: true)
        let faults = input.faults + inquiry.query().faults
        guard faults.isEmpty, let name = input.name else { throw .invalid(faults) }
        let agent = try await asking(.agent, to: .changeAgents) { () async throws(ControlError) in
            try await services.agents.create(name: name, by: caller) { input.apply(to: &$0) }
        }
        return Self.created(.agent(agent))
    }

    @Sendable
    private func get(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let agent = try await agent(inquiry, caller)
        try caller.demand(.readAgents)
        try inquiry.refuseQuery()
        return Answer { $0.agent(agent) }
    }

    @Sendable
    private func update(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await agent(inquiry, caller).id
        try caller.demand(.changeAgents)
        let input = try AgentInput(try await inquiry.requiredJSON(), isNew: false)
        let faults = input.faults + inquiry.query().faults
        guard faults.isEmpty else { throw .invalid(faults) }
        let agent = try await asking(.agent, to: .changeAgents) { () async throws(ControlError) in
            try await services.agents.update(id, by: caller) { input.apply(to: &$0) }
        }
        return Self.updated(.agent(agent))
    }

    @Sendable
    private func deactivate(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await agent(inquiry, caller).id
        try caller.demand(.changeAgents)
        try inquiry.refuseQuery()
        let agent = try await asking(.agent, to: .changeAgents) { () async throws(ControlError) in
            try await services.agents.update(id, by: caller) { $0.status = .inactive }
        }
        return Self.deactivated(.agent(agent))
    }

    /// The agent of the path: 404 where there is none, 403 where it is somebody else's.
    private func agent(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Agent {
        guard let id = inquiry.parameters.first.flatMap({ AgentID(wellFormed: $0) }) else { throw Noun.agent.notFound }
        return try await asking(.agent, to: .readAgents) { () async throws(ControlError) in
            try await services.agents.get(id, by: caller)
        }
    }
}

extension JSONWriter {
    mutating func agent(_ agent: Agent) {
        string("id", agent.id.rawValue)
        string("name", agent.name)
        string("type", "voice")
        string("status", agent.status.rawValue)
        string("agentName", agent.agentName)
        string("instructions", agent.instructions)
        string("model", agent.model)
        json("config", agent.config ?? "{}")
        array("phoneNumbers", agent.phoneNumbers) { $0.string($1.e164) }
        string("trunkId", agent.trunkID)
        number("maxConcurrentCalls", agent.maxConcurrentCalls)
        json("callsPerSecond", agent.callsPerSecond.map(\.asWritten) ?? "null")
        breaker(agent.breaker)
        number("ringingTimeout", agent.ringingTimeout)
        number("maxCallDuration", agent.maxCallDuration)
        callWindow(agent.callWindow)
        moment("createdAt", agent.createdAt)
        moment("updatedAt", agent.updatedAt)
    }
}
