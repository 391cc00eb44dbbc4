package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func terminate(_ room: RoomName, at now: Moment) async throws(StoreFailure) {
        let call = try await lookUp { db in
            try await db.row(
                "SELECT c.key, c.id FROM attempts a JOIN calls c ON c.key = a.call WHERE a.room = $1", [room.rawValue]
            ).map { (key: $0.number(0), id: CallID(rawValue: $0.text(1))) }
        }
        try await write(call.map { .call($0.id) } ?? .nothing) { db in
            // The call first, as everybody does who locks both.
            if let call { _ = try await db.lock(call.id) }
            _ = try await db.arm(room, of: call?.key, call: nil, claimingUntil: nil, at: now)
        }
    }

    package func leaseTerminations(
        _ limit: Int, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> [TerminationLease] {
        try await write(.many) { db in
            let rows = try await db.change(
                """
                SELECT \(StoredTermination.leaseColumns) FROM terminations t LEFT JOIN calls c ON c.key = t.call \
                LEFT JOIN attempts a ON a.room = t.room WHERE t.state <> 'verified' AND t.ready <= $1 \
                ORDER BY \(StoredTermination.phoneIsDown), t.ready LIMIT $2 FOR UPDATE OF t SKIP LOCKED
                """, [now, limit])
            let leases = rows.map { StoredTermination.lease($0) }
            db.write(
                "UPDATE terminations SET ready = $1, fence = fence + 1 WHERE room = ANY ($2::text[])",
                [until, List.of(leases.map(\.room.rawValue))])
            return leases
        }
    }

    package func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment
    ) async throws(StoreFailure) -> Bool {
        try await write(lease.call.map(Subject.call) ?? .nothing) { db in
            // The call first, as everybody who decides about it does.
            if let call = lease.call { _ = try await db.lock(call) }
            guard
                let row = try await db.row(
                    """
                    SELECT \(StoredTermination.heldColumns) FROM terminations \
                    WHERE room = $1 AND fence = $2 AND state <> 'verified' FOR UPDATE
                    """, [lease.room.rawValue, lease.fence])
            else { return false }
            let (settled, notice) = try StoredTermination.settle(settlement, of: lease, held: row, at: now)
            if let notice, let key = row.optionalNumber(0) { db.tell(notice, of: key, at: now) }
            switch settled {
            case .verified:
                db.write(
                    """
                    UPDATE terminations SET state = 'verified', verified = $1, tries = tries + 1, fence = fence + 1 \
                    WHERE room = $2
                    """, [now, lease.room.rawValue])
                return true
            case .again(let putBack):
                db.write(
                    """
                    UPDATE terminations SET state = $1, tries = tries + 1, last_error = coalesce($2, last_error), \
                    ready = $3, fence = fence + 1 WHERE room = $4
                    """, [putBack.state.rawValue, putBack.error, putBack.ready, lease.room.rawValue])
                return putBack.counts
            }
        }
    }

    package func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName] {
        let since = now - Termination.stuckAfter
        // Most of the time there is none, and then nothing is written.
        let isAny = try await lookUp { db in
            try await db.row(
                "SELECT 1 FROM terminations WHERE state = 'pending' AND requested <= $1 LIMIT 1", [since]) != nil
        }
        guard isAny else { return [] }
        return try await write(.many) { db in
            // Calls first, in the order of their ids, as everybody who decides about them does.
            _ = try await db.rows(
                """
                SELECT 1 FROM calls WHERE key IN (SELECT call FROM terminations WHERE state = 'pending' \
                AND requested <= $1) ORDER BY id FOR NO KEY UPDATE
                """, [since])
            let stuck = try await db.change(
                "UPDATE terminations SET state = 'stuck' WHERE state = 'pending' AND requested <= $1 RETURNING room, call",
                [since])
            for row in stuck {
                if let key = row.optionalNumber(1) { db.tell(.terminationStuck, of: key, at: now) }
            }
            return stuck.map { RoomName(rawValue: $0.text(0)) }
        }
    }

    package func openTerminations() async throws(StoreFailure) -> Set<RoomName> {
        try await read { db in
            Set(
                try await db.rows("SELECT room FROM terminations WHERE state <> 'verified'")
                    .map { RoomName(rawValue: $0.text(0)) })
        }
    }
}
