import CallControl
import CallCore
import StoredRows

// Operations in a transaction: how they are begun, and the calls that their next chunk comes to.
extension Transaction {
    /// Begins an operation; whoever schedules calls must be kept out by `own`, so that it knows where its calls end.
    func begin(_ operation: CallControl.Operation, for caller: Caller) async throws {
        let newest = try await number("SELECT max(key) FROM calls") ?? 0
        write(Self.insertOperation, StoredOperation.insertValues(operation, for: caller) { newest })
        for row in try StoredTarget.insertRows(operation.target, of: operation.id) { write(Self.insertTarget, row) }
    }

    private static let insertOperation = Statement.insert(into: "operations", StoredOperation.insertColumns)
    private static let insertTarget = Statement.insert(into: "operation_targets", StoredTarget.insertColumns)
    private static let updateOperation = Statement.update("operations", StoredOperation.updateColumns) { "id = $\($0)" }

    func operation(_ id: OperationID) async throws -> OperationRecord? {
        let seen = try await all([
            Statement("SELECT \(StoredOperation.recordColumns) FROM operations WHERE id = $1", [id.rawValue]),
            Statement(
                """
                SELECT count(*), count(*) FILTER (WHERE t.state = 'verified') FROM operation_results r \
                JOIN terminations t ON t.room = r.room WHERE r.operation = $1 AND r.room IS NOT NULL
                """, [id.rawValue]),
        ])
        return try seen[0].first.map { try StoredOperation.record($0, id: id, rooms: seen[1].first) }
    }

    /// The operation as nobody else can advance it; nil: no such one.
    func lock(_ id: OperationID) async throws -> StoredOperation? {
        try await row("SELECT \(StoredOperation.columns) FROM operations WHERE id = $1 FOR UPDATE", [id.rawValue])
            .map { try StoredOperation($0, id: id) }
    }

    func write(_ operation: StoredOperation, _ counts: OperationCounts, next: StoredOperation.Place?, at now: Moment) {
        write(
            Self.updateOperation, operation.updateValues(counts, next: next, at: now) + [operation.id.rawValue])
    }

    /// The calls of the next chunk, locked.
    func chunk(of operation: StoredOperation) async throws -> OperationChunk {
        let target = try await row(
            "SELECT \(StoredTarget.selectionColumns) FROM operation_targets WHERE operation = $1 AND block = 0",
            [operation.id.rawValue])
        guard let selection = try StoredTarget.selection(target, of: operation) else {
            return OperationChunk(listed: Array(try await listed(operation)), of: operation)
        }
        return operation.place.stage == 0
            ? try await live(operation, selection) : try await open(operation, selection)
    }

    private func live(_ operation: StoredOperation, _ selection: CallSelection) async throws -> OperationChunk {
        let filter = CallFilter(selection, .postgres, preceding: 2)
        let found = try await rows(
            """
            SELECT c.key FROM calls c WHERE c.phase BETWEEN 1 AND 4 AND c.key <= $1 AND \(filter.condition) LIMIT $2
            """, [operation.horizon, ChunkSize.live] + filter.values)
        let live = try await locked(found, where: "c.phase BETWEEN 1 AND 4")
        return OperationChunk(live: Array(live), found: found.count, of: operation)
    }

    private func open(_ operation: StoredOperation, _ selection: CallSelection) async throws -> OperationChunk {
        let cursor = operation.place.cursor
        // However few of the calls the filter wants, only so many are looked at.
        let end =
            try await number(
                """
                SELECT key FROM calls WHERE organization = $1 AND phase < 5 AND key > $2 AND key <= $3 \
                ORDER BY key LIMIT 1 OFFSET $4
                """, [operation.organization.rawValue, cursor, operation.horizon, ChunkSize.looks - 1])
            ?? operation.horizon
        let filter = CallFilter(selection, .postgres, preceding: 3)
        let found = try await rows(
            """
            SELECT c.key FROM calls c WHERE c.phase < 5 AND c.key > $1 AND c.key <= $2 AND \(filter.condition) \
            ORDER BY c.key LIMIT $3
            """, [cursor, end, ChunkSize.calls] + filter.values)
        return OperationChunk(open: Array(try await locked(found)), upTo: end, of: operation)
    }

    /// The calls in the order of their keys, as they stand when all of them are locked.
    private func locked(_ found: Rows, where condition: String = "TRUE") async throws -> Rows {
        let keys = List.of(found.map { $0.number(0) })
        return try await all([
            Statement("SELECT 1 FROM calls WHERE key = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE", [keys]),
            Statement(
                """
                SELECT \(OperationChunk.Item.columns) FROM calls c WHERE c.key = ANY ($1::bigint[]) AND \(condition) \
                ORDER BY c.key
                """, [keys]),
        ])[1]
    }

    private func listed(_ operation: StoredOperation) async throws -> Rows {
        let (block, first) = operation.place.cursor.quotientAndRemainder(dividingBy: Int64(StoredTarget.block))
        let ids = """
            FROM operation_targets t CROSS JOIN LATERAL jsonb_array_elements_text(t.target::jsonb) \
            WITH ORDINALITY AS j (value, place)
            """
        let condition = "t.operation = $2 AND t.block = $3 AND j.place > $4"
        let values: StoredValues = [operation.organization.rawValue, operation.id.rawValue, block, first]
        return try await all([
            Statement(
                """
                SELECT 1 FROM calls WHERE organization = $1 AND id IN (SELECT j.value \(ids) WHERE \(condition)) \
                ORDER BY id FOR NO KEY UPDATE
                """, values),
            Statement(
                """
                SELECT c.key, j.value, c.phase, c.status \(ids) LEFT JOIN calls c ON c.id = j.value \
                AND c.organization = $1 WHERE \(condition) ORDER BY j.place
                """, values),
        ])[1]
    }
}
