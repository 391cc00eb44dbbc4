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
    /// None: at any hour.
    package var windows: [CallWindow] = []

    package static let priorities = 0...10

    package init(agent: AgentID, contact: Contact) {
        self.agent = agent
        self.contact = contact
    }
}

extension CallOrder {
    /// A time may lie this far in the past, for clocks that differ and requests that travel.
    static let pastAllowed: Duration = .seconds(60)
    static let tooLate = FieldFault("scheduledAt", "is more than 60 seconds in the past")

    /// What is wrong with it for this agent and at this time.
    func faults(for agent: Agent, at now: Moment) -> [FieldFault] {
        var faults: [FieldFault] = []
        if !Self.priorities.contains(priority) {
            faults.append(FieldFault("priority", "must be a whole number from 0 to 10; lower is sooner"))
        }
        if let scheduledAt, scheduledAt < now - Self.pastAllowed {
            faults.append(Self.tooLate)
        }
        if let callerID, !agent.phoneNumbers.contains(callerID) {
            faults.append(FieldFault("callerId", "must be one of the agent's phoneNumbers"))
        }
        if dueAt(at: now) == nil {
            faults.append(FieldFault("callWindow", "is never open in the hours that callMetadata allows"))
        } else if let wider = agent.widerWindow, isNeverOpen(under: wider, at: now) {
            faults.append(wider.neverOpens(beside: windows))
        }
        return faults
    }

    private func isNeverOpen(under wider: WiderWindow, at now: Moment) -> Bool {
        guard windows.allSatisfy(\.isAddition) else { return false }
        return (windows + [wider.window]).nextOpening(from: max(scheduledAt ?? now, now)) == nil
    }

    /// When it may be dialled by what it says itself; nil: never.
    private func dueAt(at now: Moment) -> Moment? { windows.nextOpening(from: max(scheduledAt ?? now, now)) }

    /// The call that it asks for, in which nothing is wrong.
    func call(_ id: CallID, of agent: Agent, in batch: BatchID? = nil, at now: Moment) -> Call {
        Call(
            id: id, organization: agent.organization, agent: agent.id, batch: batch, contact: contact,
            callerID: callerID ?? agent.phoneNumbers.first, priority: priority, scheduledAt: scheduledAt,
            dueAt: dueAt(at: now) ?? max(scheduledAt ?? now, now), createdAt: now, metadata: metadata,
            callMetadata: callMetadata,
            retries: retries, windows: windows)
    }
}

extension WiderWindow {
    fileprivate func neverOpens(beside windows: [CallWindow]) -> FieldFault {
        let whose = if case .agent = owner { "agent" } else { "organization" }
        return windows.isEmpty
            ? FieldFault(
                "agentId", "the callWindow of its \(whose) never opens: this server does not know its timezone")
            : FieldFault("callMetadata", "allows no hour in which the callWindow of its \(whose) is open")
    }
}

extension Agent {
    /// Without a trunk of its own or of the server's it cannot dial.
    func missingTrunk(unless defaultTrunk: String?) -> FieldFault? {
        guard trunkID == nil, defaultTrunk == nil else { return nil }
        return FieldFault("agentId", "this agent has no trunkId and SWITCHBOARD_TRUNK_ID is not set: set one of them")
    }
}

extension Calls {
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
        var faults = order.faults(for: agent, at: now)
        if let fault = agent.missingTrunk(unless: policy.defaultTrunk) { faults.append(fault) }
        guard faults.isEmpty else { throw .invalid(faults) }
        return order.call(identifiers.call(at: now), of: agent, at: now)
    }
}
