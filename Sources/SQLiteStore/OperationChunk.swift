import CallControl
import CallCore
import GRDB
import StoredRows

/// The calls that an operation comes to in one transaction, and where the next one begins.
struct OperationChunk {
    /// What becomes of one call.
    enum Fate: Equatable {
        case cancelWaiting
        /// By the rule: an attempt is under way, whose room must go.
        case cancelLive
        case hold, leave, isOver, isNotThere

        var outcome: OperationResult.Outcome {
            switch self {
            case .cancelWaiting, .cancelLive: .cancelled
            case .hold: .held
            case .leave: .left
            case .isOver: .notCancellable
            case .isNotThere: .notFound
            }
        }
    }

    struct Item {
        let key: Int64?
        let id: CallID
        let status: CallStatus?
        let isWaiting: Bool
        let fate: Fate

        /// `row`: key, id, phase and status, all but the id null where the call is not there for this organization.
        init(_ row: Row, live: Stop.Live, queue: Stop.Queue) {
            key = row[0]
            id = CallID(rawValue: row.text(1))
            let phase: Int64? = row[2]
            status = (row[3] as String?).flatMap(CallStatus.init(rawValue:))
            isWaiting = phase == 0
            fate =
                switch (phase, live, queue) {
                case (nil, _, _): .isNotThere
                case (0, _, .cancel): .cancelWaiting
                case (0, _, .hold): .hold
                case (5, _, _): .isOver
                case (_, .hangup, _): .cancelLive
                // Nothing of it was dialled: it goes as those do that wait. The latch takes it back where it is to be held.
                case (1, .leave, .cancel): .cancelLive
                case (1, .leave, .hold): .hold
                case (_, .leave, _): .leave
                }
        }
    }

    let calls: [Item]
    /// Nil: there is nothing after this.
    let next: (stage: Int64, cursor: Int64)?

    static func next(of operation: OperationRow, _ db: Database) throws -> OperationChunk {
        guard let filter = try OperationTarget.filter(of: operation, db) else {
            return try listed(operation, db)
        }
        return operation.stage == 0
            ? try live(operation, filter, db) : try open(operation, filter, db)
    }

    /// Live calls first: their phones ring or talk while the queue is being cleared.
    ///
    /// Each leaves the index as it is hung up.
    private static func live(_ operation: OperationRow, _ filter: CallFilter, _ db: Database) throws -> OperationChunk {
        let rows = try db.rows(
            """
            SELECT c.key, c.id, c.phase, c.status FROM calls c INDEXED BY calls_live \
            WHERE c.phase BETWEEN 1 AND 4 AND c.key <= ? AND \(filter.condition) LIMIT ?
            """, [operation.horizon] + filter.values + [SQLiteStore.ChunkSize.live])
        return OperationChunk(
            calls: rows.map { Item($0, live: operation.live, queue: operation.queue) },
            next: (rows.count < SQLiteStore.ChunkSize.live ? 1 : 0, 0))
    }

    /// Calls that are not over, in the order of their keys.
    private static func open(_ operation: OperationRow, _ filter: CallFilter, _ db: Database) throws -> OperationChunk {
        // However few of the calls the filter wants, only so many are looked at.
        let end =
            try db.integer(
                """
                SELECT key FROM calls INDEXED BY calls_open WHERE organization = ? AND phase < 5 AND key > ? AND key <= ? \
                ORDER BY key LIMIT 1 OFFSET ?
                """,
                [
                    operation.organization.rawValue, operation.cursor, operation.horizon,
                    SQLiteStore.ChunkSize.looks - 1,
                ]) ?? operation.horizon
        let rows = try db.rows(
            """
            SELECT c.key, c.id, c.phase, c.status FROM calls c INDEXED BY calls_open \
            WHERE c.phase < 5 AND c.key > ? AND c.key <= ? AND \(filter.condition) ORDER BY c.key LIMIT ?
            """, [operation.cursor, end] + filter.values + [SQLiteStore.ChunkSize.calls])
        let items = cut(rows.map { Item($0, live: operation.live, queue: operation.queue) })
        let isWhole = items.count == rows.count && rows.count < SQLiteStore.ChunkSize.calls
        let reached = isWhole ? end : items.last?.key ?? end
        return OperationChunk(calls: items, next: reached < operation.horizon ? (1, reached) : nil)
    }

    /// Calls of a list of ids, in its order, no further than to the end of the block.
    private static func listed(_ operation: OperationRow, _ db: Database) throws -> OperationChunk {
        let block = Int64(OperationTarget.block)
        let rows = try db.rows(
            """
            SELECT c.key, j.value, c.phase, c.status FROM operation_targets t, json_each(t.target) j \
            LEFT JOIN calls c ON c.id = j.value AND c.organization = ? WHERE t.operation = ? AND t.block = ? \
            AND j.key >= ? LIMIT ?
            """,
            [
                operation.organization.rawValue, operation.id.rawValue, operation.cursor / block,
                operation.cursor % block, SQLiteStore.ChunkSize.calls,
            ])
        let items = cut(rows.map { Item($0, live: operation.live, queue: operation.queue) })
        let reached = operation.cursor + Int64(items.count)
        return OperationChunk(
            calls: items, next: reached < operation.horizon && !items.isEmpty ? (1, reached) : nil)
    }

    /// Up to the last call that this transaction has time for.
    private static func cut(_ items: [Item]) -> [Item] {
        var live = 0
        for (index, item) in items.enumerated() where item.fate == .cancelLive {
            live += 1
            if live == SQLiteStore.ChunkSize.live { return Array(items[...index]) }
        }
        return items
    }
}
