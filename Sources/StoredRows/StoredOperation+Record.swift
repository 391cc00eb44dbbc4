package import CallControl
package import CallCore

extension StoredOperation {
    package static let recordColumns: Columns = """
        organization, kind, reason, requested, matched, cancelled, not_cancellable, held, done
        """

    /// `rooms`: how many rooms it hung up, and how many of their terminations are verified.
    package static func record(
        _ row: some StoredRow, id: OperationID, rooms: (some StoredRow)?
    ) throws -> OperationRecord {
        guard let kind = CallControl.Operation.Kind(rawValue: row.text(1)) else { throw Corrupt("operation \(id)") }
        let verified = Int(rooms?.number(1) ?? 0)
        return OperationRecord(
            id: id, organization: OrganizationID(rawValue: row.text(0)), kind: kind, reason: row.optionalText(2),
            requestedAt: row.instant(3), counts: OperationCounts(row, from: 4),
            terminationsPending: Int(rooms?.number(0) ?? 0) - verified, terminationsVerified: verified,
            doneAt: row.moment(8))
    }

    /// Of an operation that is not done.
    package static let openColumns: Columns = "id, kind = 'stop'"

    /// Those that are carried on now, in the order of the rows.
    package static func open(_ rows: [some StoredRow]) -> [OperationID] {
        // A stop is an emergency: what else is under way waits for its drain.
        let stops = rows.filter { $0.flag(1) }
        return (stops.isEmpty ? rows : stops).map { OperationID(rawValue: $0.text(0)) }
    }
}
