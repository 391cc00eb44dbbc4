package import CallCore

/// A row of `organizations`.
package enum StoredOrganization {
    package static let columns: Columns = "id, call_window"

    package static func organization(_ row: some StoredRow) throws -> Organization {
        Organization(
            id: OrganizationID(rawValue: row.text(0)), callWindow: try StoredWindow.window(row.optionalText(1)))
    }

    package static let updateColumns: Columns = "call_window"

    package static func updateValues(_ organization: Organization) -> StoredValues {
        [StoredWindow.text(organization.callWindow)]
    }
}
