/// Which calls of its organization a stop concerns.
package enum StopScope: Hashable, Sendable {
    case all
    case agent(AgentID)
    case batch(BatchID)
    /// Calls to this number.
    case phone(PhoneNumber)

    package func covers(_ call: Call) -> Bool {
        switch self {
        case .all: true
        case .agent(let agent): call.agent == agent
        case .batch(let batch): call.batch == batch
        case .phone(let number): call.contact.phone == number
        }
    }
}
