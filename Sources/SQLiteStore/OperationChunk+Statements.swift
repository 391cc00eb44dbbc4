import CallControl
import CallCore
import GRDB
import StoredRows

extension OperationChunk {
    static func next(of operation: StoredOperation, _ db: Database) throws -> OperationChunk {
        let target = try db.row(StoredTarget.first, [operation.id.rawValue])
        guard let selection = try StoredTarget.selection(target, of: operation) else {
            return try listed(operation, db)
        }
        let filter = CallFilter(selection)
        return operation.place.stage == 0 ? try live(operation, filter, db) : try open(operation, filter, db)
    }

    private static func live(
        _ operation: StoredOperation, _ filter: CallFilter, _ db: Database
    ) throws -> OperationChunk {
        let rows = try db.rows(
            """
            SELECT \(Item.columns) FROM calls c INDEXED BY calls_live \
            WHERE c.phase BETWEEN 1 AND 4 AND c.key <= ? AND \(filter.condition) LIMIT ?
            """, [operation.horizon] + StatementArguments(filter.values) + [ChunkSize.live])
        return OperationChunk(live: rows, found: rows.count, of: operation)
    }

    private static func open(
        _ operation: StoredOperation, _ filter: CallFilter, _ db: Database
    ) throws -> OperationChunk {
        let cursor = operation.place.cursor
        // However few of the calls the filter wants, only so many are looked at.
        let end =
            try db.integer(
                """
                SELECT key FROM calls INDEXED BY calls_open WHERE organization = ? AND phase < 5 AND key > ? AND key <= ? \
                ORDER BY key LIMIT 1 OFFSET ?
                """, [operation.organization.rawValue, cursor, operation.horizon, ChunkSize.looks - 1])
            ?? operation.horizon
        let rows = try db.rows(
            """
            SELECT \(Item.columns) FROM calls c INDEXED BY calls_open \
            WHERE c.phase < 5 AND c.key > ? AND c.key <= ? AND \(filter.condition) ORDER BY c.key LIMIT ?
            """, [cursor, end] + StatementArguments(filter.values) + [ChunkSize.calls])
        return OperationChunk(open: rows, upTo: end, of: operation)
    }

    private static func listed(_ operation: StoredOperation, _ db: Database) throws -> OperationChunk {
        let (block, first) = operation.place.cursor.quotientAndRemainder(dividingBy: Int64(StoredTarget.block))
        let rows = try db.rows(
            """
            SELECT c.key, j.value, c.phase, c.status FROM operation_targets t, json_each(t.target) j \
            LEFT JOIN calls c ON c.id = j.value AND c.organization = ? WHERE t.operation = ? AND t.block = ? \
            AND j.key >= ? LIMIT ?
            """, [operation.organization.rawValue, operation.id.rawValue, block, first, ChunkSize.calls])
        return OperationChunk(listed: rows, of: operation)
    }
}

extension StoredTarget {
    fileprivate static let first =
        "SELECT \(selectionColumns) FROM operation_targets WHERE operation = ? AND block = 0"
}
