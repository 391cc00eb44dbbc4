package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func count(
        _ target: CallControl.Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts {
        let cancellable = OperationChunk.cancellable(live)
        var counts = OperationCounts()
        var cursor: Int64? = 0
        while let from = cursor {
            // In several reads: one long one would keep the log of writes from being taken in.
            let (part, end) = try await read { db in
                guard let selection = try StoredTarget.selection(target, of: organization) else {
                    let row = try db.row(
                        """
                        SELECT count(*), coalesce(sum(\(cancellable)), 0) FROM json_each(?) j \
                        LEFT JOIN calls c ON c.id = j.value AND c.organization = ?
                        """, [try StoredTarget.text(target), organization.rawValue])
                    return (OperationCounts.Rehearsal(row), nil as Int64?)
                }
                let filter = CallFilter(selection)
                let end = try db.integer(
                    """
                    SELECT key FROM calls INDEXED BY calls_open WHERE organization = ? AND phase < 5 AND key > ? \
                    ORDER BY key LIMIT 1 OFFSET 49999
                    """, [organization.rawValue, from])
                let row = try db.row(
                    """
                    SELECT count(*), coalesce(sum(\(cancellable)), 0) FROM calls c INDEXED BY calls_open \
                    WHERE c.phase < 5 AND c.key > ? AND c.key <= ? AND \(filter.condition)
                    """, [from, end ?? .max] + StatementArguments(filter.values))
                return (OperationCounts.Rehearsal(row), end)
            }
            counts.add(part)
            cursor = end
        }
        return counts
    }
}
