package import CallControl
import CallCore

/// A call with an attempt under way, from the rows of the call (`c`), the attempt (`a`) and the agent (`g`).
package enum StoredOpenCall {
    package static let columns: Columns =
        StoredAttempt.columns.of("a")
        + "c.id, c.status, EXISTS (SELECT 1 FROM dials d WHERE d.room = a.room), g.agent_name IS NOT NULL"

    package static func call(_ row: some StoredRow) throws -> OpenCall {
        let own = StoredAttempt.columns.count
        guard let status = CallStatus(rawValue: row.text(own + 1)) else {
            throw Corrupt("status of \(row.text(own))")
        }
        return OpenCall(
            id: CallID(rawValue: row.text(own)), status: status, attempt: try StoredAttempt.attempt(row),
            dialIsOpen: row.flag(own + 2), expectsAgent: row.flag(own + 3))
    }
}
