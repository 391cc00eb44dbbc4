package import CallCore

/// The rows of `attempts` that a limit on dials to a number counts.
package enum StoredNumberDials {
    package static let columns: Columns = "sent"

    /// What may have left, and what is being prepared; not what was withdrawn before it left.
    package static let counted = "(sent IS NOT NULL OR ended IS NULL)"

    /// The organization, the number, the moment after which they were begun, and how many are read at the most, newest first.
    package static func values(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) -> StoredValues {
        [organization.rawValue, number.e164, now - limit.span - longestPreparation, limit.dials + mostOvertaken]
    }

    /// No attempt is prepared for so long before it is sent: it would be too late.
    private static let longestPreparation: Duration = .seconds(8 * 86_400)
    /// Of one number, so many may have been begun before others and sent after them.
    private static let mostOvertaken = 100

    package static func dials(_ rows: some Sequence<some StoredRow>) -> NumberDials {
        rows.reduce(into: NumberDials()) { dials, row in
            if let sent = row.moment(0) { dials.sent.append(sent) } else { dials.planned += 1 }
        }
    }
}
