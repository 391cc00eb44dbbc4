/// What a guard pauses: all calls of an agent, or those of one batch.
package enum Guarded: Hashable, Sendable {
    case agent(AgentID)
    case batch(BatchID)

    package var scope: StopScope {
        switch self {
        case .agent(let agent): .agent(agent)
        case .batch(let batch): .batch(batch)
        }
    }
}

extension Guarded: CustomStringConvertible {
    package var description: String {
        switch self {
        case .agent(let agent): agent.rawValue
        case .batch(let batch): batch.rawValue
        }
    }
}
