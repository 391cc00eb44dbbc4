package import CallControl
package import CallCore

/// A row of `stops` that is a suppression: it is in force until it is deleted.
///
/// It stands there because whoever is about to dial looks there anyway, nodes of an older version too.
package enum StoredSuppression {
    /// The condition on a row of `stops`, in these words also in the indexes.
    package static let isOne = "kind = 'suppression'"
    package static let isNone = "kind <> 'suppression'"

    package static let columns: Columns = "id, organization, value, reason, key, at"

    package static func suppression(_ row: some StoredRow) throws -> SuppressedNumber {
        guard let number = PhoneNumber(row.text(2)) else { throw Corrupt("suppression \(row.text(0)) has no number") }
        return SuppressedNumber(
            id: SuppressionID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)),
            number: number, reason: row.optionalText(3), key: KeyID(rawValue: row.text(4)), at: row.instant(5))
    }

    package static let insertColumns: Columns =
        "id, organization, scope, value, live, queue, reason, key, at, operation, kind"

    package static func insertValues(_ suppression: SuppressedNumber, ending: CallControl.Operation) -> StoredValues {
        [
            suppression.id.rawValue, suppression.organization.rawValue, "phone", suppression.number.e164,
            ending.live.rawValue, ending.queue.rawValue, suppression.reason, suppression.key.rawValue, suppression.at,
            ending.id.rawValue, "suppression",
        ]
    }

    /// What a request comes to, where some of its numbers are suppressed already.
    package static func rows(
        _ numbers: [SuppressedNumber], knowing known: some Sequence<some StoredRow>
    ) throws -> [Suppressed.Row] {
        let known = try known.map { try suppression($0) }
        let byNumber = Dictionary(known.map { ($0.number, $0) }) { first, _ in first }
        return numbers.map { new in
            byNumber[new.number].map { Suppressed.Row($0, isNew: false) } ?? Suppressed.Row(new, isNew: true)
        }
    }

    /// Of rows with an id and a number each.
    package static func ids(_ rows: some Sequence<some StoredRow>) -> [PhoneNumber: SuppressionID] {
        Dictionary(
            rows.compactMap { row in PhoneNumber(row.text(1)).map { ($0, SuppressionID(rawValue: row.text(0))) } }
        ) { first, _ in first }
    }
}

extension Latch {
    /// Of a row of `stops`.
    package static let columns: Columns = "id, kind, key, cause, until"
    /// Oldest first, behind a suppression: with that the call is over, whatever else is in force.
    package static let order = "\(StoredSuppression.isOne) DESC, at, id"

    package init(_ row: some StoredRow) {
        self =
            row.text(1) == "suppression"
            ? .suppression(
                Suppression(id: SuppressionID(rawValue: row.text(0)), key: KeyID(rawValue: row.text(2))))
            : row.optionalText(3) == Stop.Cause.budget.rawValue
                ? .budget(StopID(rawValue: row.text(0)), until: row.moment(4)) : .stop(StopID(rawValue: row.text(0)))
    }

    fileprivate var hold: Hold {
        switch self {
        case .stop(let id): .stop(id)
        case .budget(let id, let until): .budget(id, until: until)
        case .suppression(let suppression): .suppression(suppression.id)
        }
    }
}

extension [Latch] {
    /// As a client sees what keeps its call.
    var holds: [Hold] { map(\.hold) }

    /// Throws where a call to its number is not to be accepted; nothing may be written before it.
    package func refuseSuppressed() throws(StoreFailure) {
        for case .suppression(let suppression) in self { throw .suppressed(suppression.id) }
    }
}
