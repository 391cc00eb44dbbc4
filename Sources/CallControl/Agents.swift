package import CallCore

/// What callers may ask for about agents.
package struct Agents: Sendable {
    let store: any AgentStore
    /// Wakes the dispatcher.
    let bell: Bell
    /// Wakes whoever carries operations out.
    let operationsBell: Bell
    let clock: any WallClock
    let identifiers: Identifiers

    package init(
        store: any AgentStore, bell: Bell, operationsBell: Bell, clock: any WallClock,
        identifiers: Identifiers = Identifiers()
    ) {
        self.store = store
        self.bell = bell
        self.operationsBell = operationsBell
        self.clock = clock
        self.identifiers = identifiers
    }

    /// Stores a new agent of the caller's organization: `fill` sets its fields.
    package func create(
        name: String, by caller: Caller, fill: @Sendable (inout Agent) -> Void
    ) async throws(ControlError) -> Agent {
        var agent = Agent(
            id: identifiers.agent(), organization: caller.organization, name: name, createdAt: clock.now)
        fill(&agent)
        do {
            try await store.insert(agent, for: caller)
        } catch {
            throw ControlError(error)
        }
        return agent
    }

    package func get(_ id: AgentID, by caller: Caller) async throws(ControlError) -> Agent {
        let agent: Agent?
        do {
            agent = try await store.agent(id)
        } catch {
            throw ControlError(error)
        }
        guard let agent else { throw .notFound }
        guard agent.organization == caller.organization else { throw .belongsToAnotherOrganization }
        return agent
    }

    package func list(by caller: Caller, limit: Int, offset: Int) async throws(ControlError)
        -> (agents: [Agent], total: Int)
    {
        do {
            return try await store.agents(of: caller.organization, limit: limit, offset: offset)
        } catch {
            throw ControlError(error)
        }
    }

    /// Changes an agent.
    ///
    /// Switching it off holds its waiting calls, switching it on frees them; live calls go on. Its window holds for calls that wait
    /// already.
    package func update(
        _ id: AgentID, by caller: Caller, change: @escaping @Sendable (inout Agent) -> Void
    ) async throws(ControlError) -> Agent {
        _ = try await get(id, by: caller)
        let now = clock.now
        let organization = caller.organization
        let changed: Agent?
        do {
            changed = try await store.update(id, for: caller, at: now) { agent in
                guard agent.organization == organization else { return agent }
                var agent = agent
                change(&agent)
                agent.updatedAt = now
                return agent
            }
        } catch {
            throw ControlError(error)
        }
        guard let changed else { throw .notFound }
        bell.announce()
        operationsBell.announce()
        return changed
    }
}
