package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: OperationStore {
    package func insert(
        _ operation: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> OperationRecord {
        let operation = try await inOrder(operation)
        return try await write(.order) { db in
            try await db.once(caller)
            db.own(operation.organization)
            try await db.begin(operation, for: caller)
            db.audit(try .began(operation), for: caller, at: operation.requestedAt)
            guard let record = try await db.operation(operation.id) else {
                throw Corrupt("operation \(operation.id) is not there after its insert")
            }
            db.keep(.operation(record), for: caller)
            return record
        }
    }

    /// A list of ids in the order in which the calls were made, those that are not the organization's last.
    ///
    /// Neighbours share their pages: in random order, each chunk would write half of the table's pages anew.
    private func inOrder(_ operation: CallControl.Operation) async throws(StoreFailure) -> CallControl.Operation {
        guard case .ids = operation.target else { return operation }
        let ids = try await read { db in
            try await db.rows(
                """
                SELECT j.value FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS j (value, place) \
                LEFT JOIN calls c ON c.id = j.value AND c.organization = $2 ORDER BY c.key NULLS LAST, j.place
                """, [try StoredTarget.text(operation.target), operation.organization.rawValue]
            ).map { CallID(rawValue: $0.text(0)) }
        }
        return operation.listing(ids)
    }

    package func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord? {
        try await lookUp { try await $0.operation(id) }
    }

    package func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult] {
        try await read { db in
            try await db.rows(
                """
                SELECT \(StoredResult.columns) FROM operation_results WHERE operation = $1 AND position > $2 \
                ORDER BY position LIMIT $3
                """, [id.rawValue, position, limit]
            ).map { try StoredResult.result($0, of: id) }
        }
    }

    package func openOperations() async throws(StoreFailure) -> [OperationID] {
        try await lookUp { db in
            StoredOperation.open(
                Array(
                    try await db.rows(
                        """
                        SELECT \(StoredOperation.openColumns) FROM operations WHERE done IS NULL ORDER BY requested
                        """)))
        }
    }

    package func count(
        _ target: CallControl.Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts {
        let cancellable = "count(*) FILTER (WHERE \(OperationChunk.cancellable(live)))"
        let seen = try await read { db in
            guard let selection = try StoredTarget.selection(target, of: organization) else {
                return OperationCounts.Rehearsal(
                    try await db.row(
                        """
                        SELECT count(*), \(cancellable) FROM jsonb_array_elements_text($1::jsonb) AS j (value) \
                        LEFT JOIN calls c ON c.id = j.value AND c.organization = $2
                        """, [try StoredTarget.text(target), organization.rawValue]))
            }
            let filter = CallFilter(selection, .postgres)
            return OperationCounts.Rehearsal(
                try await db.row(
                    "SELECT count(*), \(cancellable) FROM calls c WHERE c.phase < 5 AND \(filter.condition)",
                    filter.values))
        }
        var counts = OperationCounts()
        counts.add(seen)
        return counts
    }
}
