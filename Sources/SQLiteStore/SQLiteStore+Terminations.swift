package import CallControl
package import CallCore
import GRDB
import StoredRows

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
            [room.rawValue, key, now, claimingUntil ?? now])
        guard db.changesCount == 1 else {
            // A verified one is opened again from now; one that is under way hears by `armed` that it must look once more.
            try db.run(
                """
                UPDATE terminations SET armed = armed + 1, \
                requested = CASE state WHEN 'verified' THEN ?1 ELSE requested END, \
                ready = CASE state WHEN 'verified' THEN ?1 ELSE ready END, \
                state = CASE state WHEN 'verified' THEN 'pending' ELSE state END, verified = NULL WHERE room = ?2
                """, [now, room.rawValue])
            return nil
        }
        guard claimingUntil != nil else { return nil }
        return StoredTermination.firstLease(of: room, of: call, at: now)
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
                SELECT \(StoredTermination.leaseColumns) FROM terminations t \
                LEFT JOIN calls c ON c.key = t.call LEFT JOIN attempts a ON a.room = t.room \
                WHERE t.state <> 'verified' AND t.ready <= ? \
                ORDER BY \(StoredTermination.phoneIsDown), t.ready LIMIT ?
                """, [now, limit])
            return try rows.map { row in
                let lease = StoredTermination.lease(row)
                try db.run(
                    "UPDATE terminations SET ready = ?, fence = ? WHERE room = ?",
                    [until, lease.fence, lease.room.rawValue])
                return lease
            }
        }
    }

    package func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment
    ) async throws(StoreFailure) -> Bool {
        try await commits.write { db in
            guard
                let row = try db.row(
                    """
                    SELECT \(StoredTermination.heldColumns) FROM terminations \
                    WHERE room = ? AND fence = ? AND state <> 'verified'
                    """, [lease.room.rawValue, lease.fence])
            else { return false }
            let (settled, notice) = try StoredTermination.settle(settlement, of: lease, held: row, at: now)
            if let notice { try Self.tell(notice, of: row.optionalNumber(0), at: now, db) }
            switch settled {
            case .verified:
                try db.run(
                    """
                    UPDATE terminations SET state = 'verified', verified = ?, tries = tries + 1, fence = fence + 1 \
                    WHERE room = ?
                    """, [now, lease.room.rawValue])
                return true
            case .again(let putBack):
                try db.run(
                    """
                    UPDATE terminations SET state = ?, tries = tries + 1, last_error = coalesce(?, last_error), ready = ?, \
                    fence = fence + 1 WHERE room = ?
                    """, [putBack.state.rawValue, putBack.error, putBack.ready, lease.room.rawValue])
                return putBack.counts
            }
        }
    }

    package func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName] {
        let since = now - Termination.stuckAfter
        // Most of the time there is none, and then nothing is written.
        guard try await read({ try !Self.overdue(since: since, $0).isEmpty }) else { return [] }
        return try await commits.write { db in
            try Self.overdue(since: since, db).map { row in
                try db.run("UPDATE terminations SET state = 'stuck' WHERE room = ?", [row.text(0)])
                try Self.tell(.terminationStuck, of: row.optionalNumber(1), at: now, db)
                return RoomName(rawValue: row.text(0))
            }
        }
    }

    private static func overdue(since moment: Moment, _ db: Database) throws -> [Row] {
        try db.rows("SELECT room, call FROM terminations WHERE state = 'pending' AND requested <= ?", [moment])
    }

    private static func tell(_ notice: Notice, of key: Int64?, at now: Moment, _ db: Database) throws {
        guard let key,
            let sequence = try db.integer(
                "UPDATE calls SET events = events + 1, updated = ? WHERE key = ? RETURNING events",
                [now, key])
        else { return }
        try StoredEvent.insert(notice, ofCall: key, sequence: sequence, at: now, db)
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
