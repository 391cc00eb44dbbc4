package import CallControl
import CallCore

/// What stores have in common where they purge calls.
package enum StoredFinish {
    /// Calls that one look passes over at most, whether they may be purged or not.
    package static let looks = 1000

    /// Rows that belong to calls and are deleted before them.
    package static let tables = ["events", "attempts", "terminations"]

    package static func call(
        _ row: StoredCall, agent: String, termination: (some StoredRow)?, events: [RecordedEvent]
    ) throws -> FinishedCall {
        FinishedCall(
            place: row.key,
            record: CallRecord(
                call: row.call, agent: AgentName(id: row.call.agent, name: agent),
                termination: try termination.map { try StoredTermination.termination($0) }, queue: nil),
            events: events)
    }
}
