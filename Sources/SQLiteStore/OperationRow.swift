import CallControl
import CallCore
import GRDB
import StoredRows

/// A row of `operations`, for whoever does its next chunk.
struct OperationRow {
    let id: OperationID
    let kind: CallControl.Operation.Kind
    let live: Stop.Live
    let queue: Stop.Queue
    let reason: String?
    /// Who began it.
    let caller: Caller
    /// At 0 live calls come first, at 1 all, by key or by place in the list.
    let stage: Int64
    let cursor: Int64
    let horizon: Int64
    let counts: OperationCounts
    let isDone: Bool

    var organization: OrganizationID { caller.organization }

    static func fetch(_ id: OperationID, _ db: Database) throws -> OperationRow? {
        guard
            let row = try db.row(
                """
                SELECT organization, kind, live, queue, reason, key, request, address, stage, cursor, horizon, \
                matched, cancelled, not_cancellable, held, done IS NOT NULL FROM operations WHERE id = ?
                """, [id.rawValue])
        else { return nil }
        guard let kind = CallControl.Operation.Kind(rawValue: row.text(1)),
            let live = Stop.Live(rawValue: row.text(2)), let queue = Stop.Queue(rawValue: row.text(3))
        else { throw Corrupt("operation \(id)") }
        return OperationRow(
            id: id, kind: kind, live: live, queue: queue, reason: row[4],
            // Its role was asked for at the door.
            caller: Caller(
                key: KeyID(rawValue: row.text(5)), organization: OrganizationID(rawValue: row.text(0)),
                role: .operator, request: row[6], address: row[7]),
            stage: row.number(8), cursor: row.number(9), horizon: row.number(10),
            counts: OperationCounts(
                matched: Int(row.number(11)), cancelled: Int(row.number(12)), notCancellable: Int(row.number(13)),
                held: Int(row.number(14))),
            isDone: row.number(15) == 1)
    }

    /// Writes how far it has come; `next` nil: it is done.
    func write(_ counts: OperationCounts, next: (stage: Int64, cursor: Int64)?, at now: Moment, _ db: Database) throws {
        try db.run(
            """
            UPDATE operations SET stage = ?, cursor = ?, matched = ?, cancelled = ?, not_cancellable = ?, held = ?, \
            done = ? WHERE id = ?
            """,
            [
                next?.stage ?? stage, next?.cursor ?? cursor, counts.matched, counts.cancelled, counts.notCancellable,
                counts.held, next == nil ? now.milliseconds : nil, id.rawValue,
            ])
    }
}
