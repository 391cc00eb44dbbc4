package import CallControl
package import CallCore
import GRDB

extension SQLiteStore {
    package func call(_ id: CallID, at now: Moment) async throws(StoreFailure) -> CallRecord? {
        try await read { try Self.record(id, at: now, $0) }
    }

    package func events(
        of id: CallID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [RecordedEvent] {
        try await read { db in
            try db.rows(
                """
                SELECT sequence, at, what FROM events WHERE call = (SELECT key FROM calls WHERE id = ?) AND sequence > ? \
                ORDER BY sequence LIMIT ?
                """, [id.rawValue, sequence, limit]
            ).map { row in
                guard let notice = Notice(rawValue: row.text(2)) else { throw Corrupt("an event of call \(id)") }
                return RecordedEvent(sequence: row.number(0), notice: notice, at: row.instant(1))
            }
        }
    }

    static func record(_ id: CallID, at now: Moment, _ db: Database) throws -> CallRecord? {
        guard let row = try CallRow.fetch(id, db) else { return nil }
        let name = try db.row("SELECT name FROM agents WHERE id = ?", [row.call.agent.rawValue])?.text(0) ?? ""
        return CallRecord(
            call: row.call, agent: AgentName(id: row.call.agent, name: name),
            termination: try termination(of: row.call, db), queue: try queue(row, at: now, db))
    }

    private static func termination(of call: Call, _ db: Database) throws -> Termination? {
        guard let room = call.attempts.last?.room,
            let row = try db.row(
                "SELECT state, requested, verified, tries, last_error FROM terminations WHERE room = ?",
                [room.rawValue]), let state = Termination.State(rawValue: row.text(0))
        else { return nil }
        return Termination(
            state: state, requestedAt: row.instant(1), verifiedAt: row.moment(2), attempts: Int(row.number(3)),
            lastError: row[4])
    }

    /// Nobody scrolls a queue of thousands: the position is counted up to here.
    private static let furthestPosition = 1000

    private static func queue(_ row: CallRow, at now: Moment, _ db: Database) throws -> CallRecord.Queue? {
        guard case .waiting = row.call.phase else { return nil }
        let call = row.call
        let holds = try holds(row, db)
        guard holds.isEmpty else {
            return CallRecord.Queue(state: .held, nextAttemptAt: call.dueAt, position: nil, heldBy: holds)
        }
        guard call.dueAt <= now else {
            return CallRecord.Queue(
                state: .scheduled, nextAttemptAt: call.dueAt, position: nil)
        }
        var ahead = 0
        // Only the organization's own calls are counted: the length of another's queue is none of its business.
        for priority in CallOrder.priorities where priority <= call.priority && ahead < furthestPosition {
            ahead += Int(
                try db.integer(
                    """
                    SELECT count(*) FROM (SELECT 1 FROM calls INDEXED BY calls_due WHERE phase = 0 AND held = 0 AND stopped = 0 \
                    AND priority = ? AND due < ? AND organization = ? LIMIT ?)
                    """,
                    [
                        priority, (priority == call.priority ? call.dueAt : now).milliseconds,
                        call.organization.rawValue, furthestPosition,
                    ]) ?? 0)
        }
        return CallRecord.Queue(
            state: .ready, nextAttemptAt: call.dueAt, position: min(ahead, furthestPosition) + 1)
    }
}
