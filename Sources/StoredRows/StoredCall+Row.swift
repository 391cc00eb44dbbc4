package import CallCore

// What a row of `calls` says before its attempts are read.
extension StoredCall {
    package static func organization(_ row: some StoredRow) -> OrganizationID {
        OrganizationID(rawValue: row.text(2))
    }

    /// As `StoredCall.mindsStops`.
    package static func mindsStops(_ row: some StoredRow) -> Bool { row.number(4) <= 1 }

    /// As `StoredStop.valuesCovering`.
    package static func stopValues(_ row: some StoredRow) -> StoredValues {
        [row.text(3), row.optionalText(26), row.text(9)]
    }
}
