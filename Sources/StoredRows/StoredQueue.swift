package import CallControl
import CallCore

/// A row of the queues of waiting calls: a queue and the due time of its first call.
package enum StoredQueue {
    /// Of `calls`: what tells its queue from others, together with the priority.
    package static let name = "agent || '/' || coalesce(substr(batch, length(batch)), '')"
    /// Behind the names of all queues of an agent, and before those of any other: a slash and what sorts after it.
    package static func end(of agent: String) -> String { "\(agent) || '0'" }
    package static let columns: Columns = "organization, agent, batch, priority, due"

    package static func head(_ row: some StoredRow) -> QueueHead {
        QueueHead(
            CallQueue(
                organization: OrganizationID(rawValue: row.text(0)), agent: AgentID(rawValue: row.text(1)),
                batch: row.optionalText(2).map(BatchID.init(rawValue:)), priority: Int(row.number(3))),
            due: row.instant(4))
    }

    package static func name(of queue: CallQueue) -> String {
        "\(queue.agent.rawValue)/\(queue.lane)"
    }

    /// So many queues are looked at; where there are more, those behind them wait until some are empty.
    package static let most = 5000

    /// Fewer are read at once, whether or not anybody may begin one of their calls.
    package static let few = 32
}
