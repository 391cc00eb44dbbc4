package import CallControl
package import CallCore
import GRDB

extension SQLiteStore {
    /// Makes the room's one termination, or arms it again.
    ///
    /// A new one is leased at once where the caller claims it.
    static func arm(
        _ room: RoomName, of key: Int64?, call: Call?, claimingUntil: Moment?, at now: Moment, _ db: Database
    ) throws -> TerminationLease? {
        try db.run(
            """
            INSERT INTO terminations (room, call, state, requested, tries, ready, fence, armed) \
            VALUES (?, ?, 'pending', ?, 0, ?, 1, 1) ON CONFLICT (room) DO NOTHING
            """,
            [room.rawValue, key, now.milliseconds, (claimingUntil ?? now).milliseconds])
        guard db.changesCount == 1 else {
            // A verified one is opened again from now; one that is under way hears by `armed` that it must look once more.
            try db.run(
                """
                UPDATE terminations SET armed = armed + 1, \
                requested = CASE state WHEN 'verified' THEN ?1 ELSE requested END, \
                ready = CASE state WHEN 'verified' THEN ?1 ELSE ready END, \
                state = CASE state WHEN 'verified' THEN 'pending' ELSE state END, verified = NULL WHERE room = ?2
                """, [now.milliseconds, room.rawValue])
            return nil
        }
        guard claimingUntil != nil else { return nil }
        return TerminationLease(
            room: room, call: call?.id, dial: call?.attempt(in: room)?.dialForHangUp ?? .planned, requestedAt: now,
            tries: 0, fence: 1, armed: 1, isForCancel: call?.status == .cancelled)
    }

    package func terminate(_ room: RoomName, at now: Moment) async throws(StoreFailure) {
        try await commits.write { db in
            let key = try db.integer("SELECT call FROM attempts WHERE room = ?", [room.rawValue])
            _ = try Self.arm(room, of: key, call: nil, claimingUntil: nil, at: now, db)
        }
    }

    package func leaseTerminations(
        _ limit: Int, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> [TerminationLease] {
        try await commits.write { db in
            let rows = try db.rows(
                """
                SELECT t.room, c.id, a.dial, a.sent, a.deadline, t.requested, t.tries, t.fence, t.armed, \
                a.participant_id IS NOT NULL OR a.ringing IS NOT NULL OR a.answered IS NOT NULL, c.status \
                FROM terminations t LEFT JOIN calls c ON c.key = t.call LEFT JOIN attempts a ON a.room = t.room \
                WHERE t.state <> 'verified' AND t.ready <= ? ORDER BY t.ready LIMIT ?
                """, [now.milliseconds, limit])
            return try rows.map { row in
                let fence = row.number(7) + 1
                try db.run(
                    "UPDATE terminations SET ready = ?, fence = ? WHERE room = ?",
                    [until.milliseconds, fence, row.text(0)])
                return TerminationLease(
                    room: RoomName(rawValue: row.text(0)), call: (row[1] as String?).map(CallID.init(rawValue:)),
                    dial: AttemptRow.dial(
                        // Seen in the room: as if it had returned, see `Attempt.dialForHangUp`.
                        row.number(9) == 1 ? 3 : row.number(2), sent: row.moment(3), deadline: row.moment(4)),
                    requestedAt: row.instant(5), tries: Int(row.number(6)), fence: fence, armed: row.number(8),
                    isForCancel: row.text(10) == CallStatus.cancelled.rawValue)
            }
        }
    }

    package func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment
    ) async throws(StoreFailure) -> Bool {
        try await commits.write { db in
            guard
                let row = try db.row(
                    "SELECT call, armed, state FROM terminations WHERE room = ? AND fence = ? AND state <> 'verified'",
                    [lease.room.rawValue, lease.fence])
            else { return false }
            switch settlement {
            case .verified where row.number(1) == lease.armed:
                try db.run(
                    """
                    UPDATE terminations SET state = 'verified', verified = ?, tries = tries + 1, fence = fence + 1 \
                    WHERE room = ?
                    """, [now.milliseconds, lease.room.rawValue])
                try Self.tell(.terminationVerified, of: row[0], at: now, db)
            case .verified:
                // There was a sign of life while we looked: look again.
                try Self.putBack(lease, at: now, error: nil, state: row.text(2), db)
                return false
            case .again(let at, let error):
                let isStuck = now.since(lease.requestedAt) >= Termination.stuckAfter
                if isStuck, row.text(2) != Termination.State.stuck.rawValue {
                    try Self.tell(.terminationStuck, of: row[0], at: now, db)
                }
                try Self.putBack(
                    lease, at: at, error: error, state: isStuck ? Termination.State.stuck.rawValue : row.text(2), db)
            }
            return true
        }
    }

    // A new fence: a renewal that was on its way may not push `ready` out again.
    private static func putBack(
        _ lease: TerminationLease, at moment: Moment, error: String?, state: String, _ db: Database
    ) throws {
        try db.run(
            """
            UPDATE terminations SET state = ?, tries = tries + 1, last_error = coalesce(?, last_error), ready = ?, \
            fence = fence + 1 WHERE room = ?
            """, [state, error, moment.milliseconds, lease.room.rawValue])
    }

    package func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName] {
        let since = (now - Termination.stuckAfter).milliseconds
        // Most of the time there is none, and then nothing is written.
        guard try await read({ try !Self.overdue(since: since, $0).isEmpty }) else { return [] }
        return try await commits.write { db in
            try Self.overdue(since: since, db).map { row in
                try db.run("UPDATE terminations SET state = 'stuck' WHERE room = ?", [row.text(0)])
                try Self.tell(.terminationStuck, of: row[1], at: now, db)
                return RoomName(rawValue: row.text(0))
            }
        }
    }

    private static func overdue(since moment: Int64, _ db: Database) throws -> [Row] {
        try db.rows("SELECT room, call FROM terminations WHERE state = 'pending' AND requested <= ?", [moment])
    }

    private static func tell(_ notice: Notice, of key: Int64?, at now: Moment, _ db: Database) throws {
        guard let key,
            let sequence = try db.integer(
                "UPDATE calls SET events = events + 1, updated = ? WHERE key = ? RETURNING events",
                [now.milliseconds, key])
        else { return }
        try db.run(
            "INSERT INTO events (call, sequence, at, what) VALUES (?, ?, ?, ?)",
            [key, sequence, now.milliseconds, notice.rawValue])
    }

    package func openTerminations() async throws(StoreFailure) -> Set<RoomName> {
        try await read { db in
            Set(
                try db.rows("SELECT room FROM terminations WHERE state <> 'verified'").map {
                    RoomName(rawValue: $0.text(0))
                })
        }
    }
}
