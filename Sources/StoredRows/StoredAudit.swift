package import CallControl
package import CallCore

/// A row of `audit`.
package enum StoredAudit {
    package static let columns: Columns =
        "sequence, hash, at, actor, action, subject, reason, request, address, before, after, detail"

    package static func entry(_ row: some StoredRow, of organization: OrganizationID) -> AuditEntry {
        AuditEntry(
            organization: organization, sequence: row.number(0), at: row.instant(2),
            actor: KeyID(rawValue: row.text(3)), action: row.text(4), subject: row.text(5),
            reason: row.optionalText(6), request: row.optionalText(7), address: row.optionalText(8),
            before: row.optionalText(9), after: row.optionalText(10), detail: row.optionalText(11), hash: row.bytes(1))
    }

    package static let insertColumns = "organization" + columns

    package static func insertValues(_ entry: AuditEntry) -> StoredValues {
        [
            entry.organization.rawValue, entry.sequence, entry.hash, entry.at, entry.actor.rawValue, entry.action,
            entry.subject, entry.reason, entry.request, entry.address, entry.before, entry.after, entry.detail,
        ]
    }

    /// Bytes of detail in one page: an entry of a bulk cancel names hundreds of calls.
    package static let longestPage = 1 << 20

    /// The end of an organization's chain, where the next entry goes.
    package struct Head: Sendable, Equatable {
        package static let columns: Columns = "sequence, hash"

        package private(set) var sequence: Int64 = 0
        package private(set) var hash = AuditChain.root

        /// `row` nil: the organization has no entry yet.
        package init(_ row: (some StoredRow)?) {
            guard let row else { return }
            sequence = row.number(0)
            hash = row.bytes(1)
        }

        /// The entry that a note becomes; the next one goes after it.
        package mutating func append(_ note: AuditNote, for caller: Caller, at now: Moment) -> AuditEntry {
            sequence &+= 1
            let entry = AuditEntry(note, for: caller, at: now, sequence: sequence, after: hash)
            hash = entry.hash
            return entry
        }
    }
}
