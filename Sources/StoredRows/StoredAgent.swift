package import CallCore

/// A row of `agents`.
package enum StoredAgent {
    package static let columns: Columns = """
        id, organization, name, status, agent_name, instructions, model, config, phone_numbers, trunk, ringing_timeout, \
        max_call_duration, created, updated, max_concurrent_calls, calls_per_1000_s, call_window, breaker
        """ + organizationWindow

    /// In a statement over `agents`: what holds where an agent has no window.
    private static let organizationWindow: Columns =
        "(SELECT o.call_window FROM organizations o WHERE o.id = agents.organization)"

    package static func agent(_ row: some StoredRow) throws -> Agent {
        guard let status = Agent.Status(rawValue: row.text(3)) else { throw Corrupt("agent \(row.text(0))") }
        return Agent(
            id: AgentID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)), name: row.text(2),
            status: status, agentName: row.optionalText(4), instructions: row.optionalText(5),
            model: row.optionalText(6), config: row.optionalText(7),
            phoneNumbers: row.text(8).split(separator: " ").compactMap { PhoneNumber($0) },
            trunkID: row.optionalText(9), maxConcurrentCalls: row.optionalNumber(14).map(Int.init),
            callsPerSecond: row.optionalNumber(15).map { Double($0) / 1000 },
            breaker: try row.optionalText(17).map { try StoredBreaker.breaker($0) },
            ringingTimeout: Int(row.number(10)),
            maxCallDuration: Int(row.number(11)),
            callWindow: try StoredWindow.window(row.optionalText(16)),
            organizationWindow: try StoredWindow.window(row.optionalText(18)),
            createdAt: row.instant(12), updatedAt: row.instant(13))
    }

    package static let updateColumns: Columns = """
        name, status, agent_name, instructions, model, config, phone_numbers, trunk, ringing_timeout, max_call_duration, \
        max_concurrent_calls, calls_per_1000_s, updated, call_window, breaker
        """

    package static func updateValues(_ agent: Agent) -> StoredValues {
        [
            agent.name, agent.status.rawValue, agent.agentName, agent.instructions, agent.model, agent.config,
            agent.phoneNumbers.map(\.e164).joined(separator: " "), agent.trunkID, agent.ringingTimeout,
            agent.maxCallDuration, agent.maxConcurrentCalls, agent.callsPerSecond.map { Int(($0 * 1000).rounded()) },
            agent.updatedAt, StoredWindow.text(agent.callWindow), agent.breaker.map { StoredBreaker.text($0) },
        ]
    }

    package static let insertColumns = updateColumns + "id, organization, created"

    package static func insertValues(_ agent: Agent) -> StoredValues {
        updateValues(agent) + [agent.id.rawValue, agent.organization.rawValue, agent.createdAt]
    }

    /// What a call must know of its agent.
    package struct Standing: Sendable {
        package let id: AgentID
        package let isActive: Bool
        package let name: String
        /// For calls that name none themselves.
        package let window: WiderWindow?
    }

    /// Of `agents`, without what is long.
    package static let standingColumns: Columns = "status, name, id, organization, call_window" + organizationWindow

    package static func standing(_ row: some StoredRow) throws -> Standing {
        let id = AgentID(rawValue: row.text(2))
        let own = try StoredWindow.window(row.optionalText(4)).map { WiderWindow($0, of: .agent(id)) }
        let organizations = try StoredWindow.window(row.optionalText(5))
            .map { WiderWindow($0, of: .organization(OrganizationID(rawValue: row.text(3)))) }
        return Standing(
            id: id, isActive: row.text(0) == Agent.Status.active.rawValue, name: row.text(1),
            window: own ?? organizations)
    }
}
