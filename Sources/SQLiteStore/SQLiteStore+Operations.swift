package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: OperationStore {
    package func insert(
        _ operation: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> OperationRecord {
        let operation = try await inOrder(operation)
        return try await commits.write { db in
            try Self.once(caller, db)
            try StoredOperation.insert(operation, for: caller, db)
            try Self.audit(.began(operation), for: caller, at: operation.requestedAt, db)
            guard let record = try StoredOperation.record(operation.id, db) else {
                throw Corrupt("operation \(operation.id) is not there after its insert")
            }
            try Self.keep(.operation(record), for: caller, db)
            return record
        }
    }

    /// A list of ids in the order in which the calls were made, those that are not the organization's last.
    ///
    /// Neighbours share their pages: in random order, each chunk would write half of the database's pages anew.
    private func inOrder(_ operation: CallControl.Operation) async throws(StoreFailure) -> CallControl.Operation {
        guard case .ids = operation.target else { return operation }
        let ids = try await read { db in
            try db.rows(
                """
                SELECT j.value FROM json_each(?) j LEFT JOIN calls c ON c.id = j.value AND c.organization = ? \
                ORDER BY c.key IS NULL, c.key, j.key
                """, [try StoredTarget.text(operation.target), operation.organization.rawValue]
            ).map { CallID(rawValue: $0.text(0)) }
        }
        return operation.listing(ids)
    }

    package func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord? {
        try await read { try StoredOperation.record(id, $0) }
    }

    package func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult] {
        try await read { db in
            try db.rows(
                """
                SELECT \(StoredResult.columns) FROM operation_results WHERE operation = ? AND position > ? \
                ORDER BY position LIMIT ?
                """, [id.rawValue, position, limit]
            ).map { try StoredResult.result($0, of: id) }
        }
    }

    package func openOperations() async throws(StoreFailure) -> [OperationID] {
        try await read { db in
            StoredOperation.open(
                try db.rows(
                    """
                    SELECT \(StoredOperation.openColumns) FROM operations INDEXED BY operations_open WHERE done IS NULL \
                    ORDER BY requested
                    """))
        }
    }
}
