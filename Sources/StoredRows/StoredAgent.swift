package import CallCore

/// A row of `agents`.
package enum StoredAgent {
    package static let columns: Columns = """
        id, organization, name, status, agent_name, instructions, model, config, phone_numbers, trunk, ringing_timeout, \
        max_call_duration, created, updated, max_concurrent_calls, calls_per_1000_s
        """

    package static func agent(_ row: some StoredRow) throws -> Agent {
        guard let status = Agent.Status(rawValue: row.text(3)) else { throw Corrupt("agent \(row.text(0))") }
        return Agent(
            id: AgentID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)), name: row.text(2),
            status: status, agentName: row.optionalText(4), instructions: row.optionalText(5),
            model: row.optionalText(6), config: row.optionalText(7),
            phoneNumbers: row.text(8).split(separator: " ").compactMap { PhoneNumber($0) },
            trunkID: row.optionalText(9), maxConcurrentCalls: row.optionalNumber(14).map(Int.init),
            callsPerSecond: row.optionalNumber(15).map { Double($0) / 1000 }, ringingTimeout: Int(row.number(10)),
            maxCallDuration: Int(row.number(11)),
            createdAt: row.instant(12), updatedAt: row.instant(13))
    }

    package static let updateColumns: Columns = """
        name, status, agent_name, instructions, model, config, phone_numbers, trunk, ringing_timeout, max_call_duration, \
        max_concurrent_calls, calls_per_1000_s, updated
        """

    package static func updateValues(_ agent: Agent) -> StoredValues {
        [
            agent.name, agent.status.rawValue, agent.agentName, agent.instructions, agent.model, agent.config,
            agent.phoneNumbers.map(\.e164).joined(separator: " "), agent.trunkID, agent.ringingTimeout,
            agent.maxCallDuration, agent.maxConcurrentCalls, agent.callsPerSecond.map { Int(($0 * 1000).rounded()) },
            agent.updatedAt,
        ]
    }

    package static let insertColumns = updateColumns + "id, organization, created"

    package static func insertValues(_ agent: Agent) -> StoredValues {
        updateValues(agent) + [agent.id.rawValue, agent.organization.rawValue, agent.createdAt]
    }
}
