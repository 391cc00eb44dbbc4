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
            try Self.write(operation, for: caller, db)
            try Self.audit(
                AuditNote(
                    .callsCancel, on: operation.id.rawValue, reason: operation.reason,
                    detail: try Self.detail(operation)), for: caller, at: operation.requestedAt, db)
            guard let record = try Self.operation(operation.id, db) else {
                throw Corrupt("operation \(operation.id) is not there after its insert")
            }
            try Self.keep(.operation(record), for: caller, db)
            return record
        }
    }

    /// A list of ids in the order in which the calls were made, unknown ones last.
    ///
    /// Neighbours share their pages: in random order, each chunk would write half of the database's pages anew.
    private func inOrder(_ operation: CallControl.Operation) async throws(StoreFailure) -> CallControl.Operation {
        guard case .ids = operation.target else { return operation }
        let ids = try await read { db in
            try db.rows(
                """
                SELECT j.value FROM json_each(?) j LEFT JOIN calls c ON c.id = j.value \
                ORDER BY c.key IS NULL, c.key, j.key
                """, [try OperationTarget.text(operation.target)]
            ).map { CallID(rawValue: $0.text(0)) }
        }
        return CallControl.Operation(
            id: operation.id, organization: operation.organization, kind: operation.kind, target: .ids(ids),
            live: operation.live, queue: operation.queue, reason: operation.reason, requestedAt: operation.requestedAt)
    }

    package func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord? {
        try await read { try Self.operation(id, $0) }
    }

    package func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult] {
        try await read { db in
            try db.rows(
                """
                SELECT position, call, outcome, status FROM operation_results WHERE operation = ? AND position > ? \
                ORDER BY position LIMIT ?
                """, [id.rawValue, position, limit]
            ).map { row in
                guard let outcome = OperationResult.Outcome(rawValue: row.text(2)) else {
                    throw Corrupt("result \(row.number(0)) of \(id)")
                }
                return OperationResult(
                    position: Int(row.number(0)), call: CallID(rawValue: row.text(1)), outcome: outcome,
                    status: (row[3] as String?).flatMap(CallStatus.init(rawValue:)))
            }
        }
    }

    package func openOperations() async throws(StoreFailure) -> [OperationID] {
        try await read { db in
            // A stop is an emergency: what else is under way waits for its drain.
            let open = try db.rows(
                "SELECT id, kind = 'stop' FROM operations INDEXED BY operations_open WHERE done IS NULL ORDER BY requested"
            )
            let stops = open.filter { $0.number(1) == 1 }
            return (stops.isEmpty ? open : stops).map { OperationID(rawValue: $0.text(0)) }
        }
    }

    static func write(_ operation: CallControl.Operation, for caller: Caller, _ db: Database) throws {
        let horizon: Int64
        let stage: Int
        switch operation.target {
        case .ids(let ids): (horizon, stage) = (Int64(ids.count), 1)
        case .filter, .scope:
            horizon = try db.integer("SELECT max(key) FROM calls") ?? 0
            stage = operation.kind != .release && operation.live == .hangup ? 0 : 1
        }
        try db.run(
            """
            INSERT INTO operations (id, organization, kind, live, queue, reason, key, request, address, requested, \
            stage, cursor, horizon) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
            """,
            [
                operation.id.rawValue, operation.organization.rawValue, operation.kind.rawValue,
                operation.live.rawValue, operation.queue.rawValue, operation.reason, caller.key.rawValue,
                caller.request, caller.address,
                operation.requestedAt.milliseconds, stage, horizon,
            ])
        try OperationTarget.write(operation.target, of: operation.id, db)
    }

    static func operation(_ id: OperationID, _ db: Database) throws -> OperationRecord? {
        guard
            let row = try db.row(
                """
                SELECT organization, kind, reason, requested, matched, cancelled, not_cancellable, held, done \
                FROM operations WHERE id = ?
                """, [id.rawValue])
        else { return nil }
        guard let kind = CallControl.Operation.Kind(rawValue: row.text(1)) else { throw Corrupt("operation \(id)") }
        let rooms = try db.row(
            """
            SELECT count(*), coalesce(sum(t.state = 'verified'), 0) FROM operation_results r INDEXED BY operation_rooms \
            CROSS JOIN terminations t ON t.room = r.room WHERE r.operation = ? AND r.room IS NOT NULL
            """, [id.rawValue])
        let verified = Int(rooms?.number(1) ?? 0)
        return OperationRecord(
            id: id, organization: OrganizationID(rawValue: row.text(0)), kind: kind, reason: row[2],
            requestedAt: row.instant(3),
            counts: OperationCounts(
                matched: Int(row.number(4)), cancelled: Int(row.number(5)), notCancellable: Int(row.number(6)),
                held: Int(row.number(7))),
            terminationsPending: Int(rooms?.number(0) ?? 0) - verified, terminationsVerified: verified,
            doneAt: row.moment(8))
    }

    /// For the audit log; ten thousand ids are in the entries of their chunks.
    private static func detail(_ operation: CallControl.Operation) throws -> String {
        let target: String
        switch operation.target {
        case .ids(let ids): target = "\(ids.count) ids"
        case .filter, .scope: target = try OperationTarget.text(operation.target)
        }
        return try AuditNote.detail(["target": target, "live": operation.live.rawValue])
    }
}
