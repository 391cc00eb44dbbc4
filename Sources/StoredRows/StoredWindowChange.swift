package import CallControl
import CallCore

/// A row of `window_changes`: `cursor` is the key of the last call that was looked at, `horizon` that of the last one there was.
///
/// Calls that come later have the window as it is. A change of the same window begins it anew.
package enum StoredWindowChange {
    package static let columns: Columns = "organization, agent"

    /// No agent is called so: the organization's own.
    package static func slotValues(_ change: WindowChange) -> StoredValues {
        [change.organization.rawValue, change.agent?.rawValue ?? ""]
    }

    package static func change(_ row: some StoredRow) -> WindowChange {
        let agent = row.text(1)
        return WindowChange(
            organization: OrganizationID(rawValue: row.text(0)),
            agent: agent.isEmpty ? nil : AgentID(rawValue: agent))
    }
}
