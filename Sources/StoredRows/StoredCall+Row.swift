package import CallCore

// What a row of `calls` says before its attempts are read.
extension StoredCall {
    package static func organization(_ row: some StoredRow) -> OrganizationID {
        OrganizationID(rawValue: row.text(2))
    }

    package static func agent(_ row: some StoredRow) -> AgentID { AgentID(rawValue: row.text(3)) }

    package static func phone(_ row: some StoredRow) throws -> PhoneNumber {
        guard let phone = PhoneNumber(row.text(9)) else { throw Corrupt("call \(key(row)) has no phone number") }
        return phone
    }

    package static func batch(_ row: some StoredRow) -> BatchID? { row.optionalText(26).map(BatchID.init(rawValue:)) }

    /// As `StoredCall.mindsStops`.
    package static func mindsStops(_ row: some StoredRow) -> Bool { row.number(4) <= 1 }

    /// May be true where `StoredCall.mindsPhones` is not, never the other way round.
    package static func mindsPhones(_ row: some StoredRow) -> Bool {
        mindsStops(row) && row.number(24) > (row.number(4) == StoredPhase.waiting ? 0 : 1)
    }

    /// As `StoredStop.valuesCovering`.
    package static func stopValues(_ row: some StoredRow) -> StoredValues {
        [row.text(3), row.optionalText(26), row.text(9)]
    }
}
