package import CallCore

/// What somebody asks for when they schedule a call, already in our types.
package struct CallOrder: Sendable, Equatable {
    package var agent: AgentID
    package var contact: Contact
    package var callerID: PhoneNumber?
    /// Nil: now.
    package var scheduledAt: Moment?
    package var priority = 5
    package var metadata: String?
    package var callMetadata: String?
    /// Nil: one attempt is all.
    package var retries: RetryPlan?

    package static let priorities = 0...10

    package init(agent: AgentID, contact: Contact) {
        self.agent = agent
        self.contact = contact
    }
}

extension Calls {
    /// A time may lie this far in the past, for clocks that differ and requests that travel.
    static let pastAllowed: Duration = .seconds(60)

    /// Checks an order against its agent, and makes the call of it.
    func accept(_ order: CallOrder, by caller: Caller, at now: Moment) async throws(ControlError) -> Call {
        let agent: Agent?
        do {
            agent = try await agents.agent(order.agent)
        } catch {
            throw ControlError(error)
        }
        guard let agent else { throw .notFound }
        guard agent.organization == caller.organization else { throw .belongsToAnotherOrganization }
        var faults: [FieldFault] = []
        if !CallOrder.priorities.contains(order.priority) {
            faults.append(FieldFault("priority", "must be a whole number from 0 to 10; lower is sooner"))
        }
        if let at = order.scheduledAt, at < now - Self.pastAllowed {
            faults.append(FieldFault("scheduledAt", "is more than 60 seconds in the past"))
        }
        if agent.trunkID == nil, policy.defaultTrunk == nil {
            faults.append(
                FieldFault("agentId", "this agent has no trunkId and SWITCHBOARD_TRUNK_ID is not set: set one of them"))
        }
        if let callerID = order.callerID, !agent.phoneNumbers.contains(callerID) {
            faults.append(FieldFault("callerId", "must be one of the agent's phoneNumbers"))
        }
        guard faults.isEmpty else { throw .invalid(faults) }
        return Call(
            id: identifiers.call(at: now), organization: caller.organization, agent: agent.id, contact: order.contact,
            callerID: order.callerID ?? agent.phoneNumbers.first, priority: order.priority,
            scheduledAt: order.scheduledAt, dueAt: max(order.scheduledAt ?? now, now), createdAt: now,
            metadata: order.metadata, callMetadata: order.callMetadata, retries: order.retries)
    }
}
