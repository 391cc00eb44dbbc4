package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func count(
        _ target: CallControl.Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts {
        // As `OperationChunk.Item` has it: without a hang-up, what waits and what is only being placed is cancelled.
        let cancellable = live == .hangup ? "c.phase < 5" : "c.phase < 2"
        var counts = OperationCounts()
        var cursor: Int64? = 0
        while let from = cursor {
            // In several reads: one long one would keep the log of writes from being taken in.
            let (part, end) = try await read { db in
                let text = try OperationTarget.text(target)
                guard let filter = try OperationTarget.filter(text, of: organization) else {
                    let row = try db.row(
                        """
                        SELECT count(*), coalesce(sum(\(cancellable)), 0) FROM json_each(?) j \
                        LEFT JOIN calls c ON c.id = j.value AND c.organization = ?
                        """, [text, organization.rawValue])
                    return (Self.counts(row), nil as Int64?)
                }
                let end = try db.integer(
                    """
                    SELECT key FROM calls INDEXED BY calls_open WHERE organization = ? AND phase < 5 AND key > ? \
                    ORDER BY key LIMIT 1 OFFSET 49999
                    """, [organization.rawValue, from])
                let row = try db.row(
                    """
                    SELECT count(*), coalesce(sum(\(cancellable)), 0) FROM calls c INDEXED BY calls_open \
                    WHERE c.phase < 5 AND c.key > ? AND c.key <= ? AND \(filter.condition)
                    """, [from, end ?? .max] + filter.values)
                return (Self.counts(row), end)
            }
            counts.matched += part.matched
            counts.cancelled += part.cancelled
            counts.notCancellable += part.notCancellable
            cursor = end
        }
        return counts
    }

    private static func counts(_ row: Row?) -> OperationCounts {
        let matched = Int(row?.number(0) ?? 0)
        let cancelled = Int(row?.number(1) ?? 0)
        return OperationCounts(matched: matched, cancelled: cancelled, notCancellable: matched - cancelled)
    }
}
