import CallControl
import CallCore
import GRDB
import StoredRows

extension StoredOperation {
    static func fetch(_ id: OperationID, _ db: Database) throws -> StoredOperation? {
        try db.row("SELECT \(columns) FROM operations WHERE id = ?", [id.rawValue]).map {
            try StoredOperation($0, id: id)
        }
    }

    private static let insert = insertColumns.insert(into: "operations")

    static func insert(_ operation: CallControl.Operation, for caller: Caller, _ db: Database) throws {
        try db.run(
            insert,
            values:
                insertValues(operation, for: caller, newest: { try db.integer("SELECT max(key) FROM calls") ?? 0 }))
        for row in try StoredTarget.insertRows(operation.target, of: operation.id) {
            try db.run(StoredTarget.insert, values: row)
        }
    }

    private static let update = updateColumns.update("operations", where: "id = ?")

    /// Writes how far it has come; `next` nil: it is done.
    func write(_ counts: OperationCounts, next: Place?, at now: Moment, _ db: Database) throws {
        try db.run(Self.update, values: updateValues(counts, next: next, at: now) + [id.rawValue])
    }

    static func record(_ id: OperationID, _ db: Database) throws -> OperationRecord? {
        guard let row = try db.row("SELECT \(recordColumns) FROM operations WHERE id = ?", [id.rawValue]) else {
            return nil
        }
        let rooms = try db.row(
            """
            SELECT count(*), coalesce(sum(t.state = 'verified'), 0) FROM operation_results r INDEXED BY operation_rooms \
            CROSS JOIN terminations t ON t.room = r.room WHERE r.operation = ? AND r.room IS NOT NULL
            """, [id.rawValue])
        return try record(row, id: id, rooms: rooms)
    }
}

extension StoredTarget {
    fileprivate static let insert = insertColumns.insert(into: "operation_targets")
}
