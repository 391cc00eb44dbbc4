package import CallControl
package import CallCore

extension Decided {
    /// The dial that the decision has begun, as it was leased; nil: none.
    package func dial(by agents: [AgentID: Agent]) throws -> DialLease? {
        guard verdict == .moved, let room = call.phase.attempt?.room else { return nil }
        guard let agent = agents[call.agent] else { throw Corrupt("call \(call.id) has no agent") }
        return DialLease(room: room, fence: 1, call: call, agent: agent)
    }
}
