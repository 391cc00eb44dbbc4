package import CallCore

/// Where agents are kept.
package protocol AgentStore: Sendable {
    func insert(_ agent: Agent, for caller: Caller) async throws(StoreFailure)
    func agent(_ id: AgentID) async throws(StoreFailure) -> Agent?
    /// The organization's agents, newest first.
    func agents(of organization: OrganizationID, limit: Int, offset: Int) async throws(StoreFailure)
        -> (agents: [Agent], total: Int)
    /// One transaction: reads the agent, changes it, writes it, and holds or frees its waiting calls. Nil: no such agent.
    func update(
        _ id: AgentID, for caller: Caller, at now: Moment, by change: @escaping @Sendable (Agent) -> Agent
    ) async throws(StoreFailure) -> Agent?
}
