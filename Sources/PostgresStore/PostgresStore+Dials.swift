package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func leaseDials(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [DialLease] {
        try await write(.many) { db in
            let leased = try await db.change(
                """
                UPDATE dials d SET ready = $2, fence = fence + 1 FROM (SELECT room FROM dials WHERE ready <= $1 \
                ORDER BY ready LIMIT $3 FOR UPDATE SKIP LOCKED) l WHERE d.room = l.room RETURNING d.room, d.call, d.fence
                """, [now, until, limit])
            let calls = try await db.calls(keys: leased.map { $0.number(1) })
            let agents = try await db.agents(calls.values.map(\.call.agent))
            return try leased.map { row in
                guard let call = calls[row.number(1)]?.call, let agent = agents[call.agent] else {
                    throw Corrupt("dial of \(row.text(0)) has no call")
                }
                return DialLease(
                    room: RoomName(rawValue: row.text(0)), fence: row.number(2), call: call, agent: agent)
            }
        }
    }

    package func postpone(_ lease: DialLease, until moment: Moment) async throws(StoreFailure) -> Bool {
        try await write(.nothing) { db in
            try await db.change(
                "UPDATE dials SET ready = $1, fence = fence + 1 WHERE room = $2 AND fence = $3",
                [moment, lease.room.rawValue, lease.fence]
            ).changed == 1
        }
    }

    package func renew(
        dials: [DialLease], terminations: [TerminationLease], until: Moment
    ) async throws(StoreFailure) {
        guard !dials.isEmpty || !terminations.isEmpty else { return }
        try await write(.many) { db in
            // In the order in which all lock them.
            for lease in dials.sorted(by: { $0.room.rawValue < $1.room.rawValue }) {
                db.write(
                    "UPDATE dials SET ready = $1 WHERE room = $2 AND fence = $3",
                    [until, lease.room.rawValue, lease.fence])
            }
            for lease in terminations.sorted(by: { $0.room.rawValue < $1.room.rawValue }) {
                db.write(
                    "UPDATE terminations SET ready = $1 WHERE room = $2 AND fence = $3 AND state <> 'verified'",
                    [until, lease.room.rawValue, lease.fence])
            }
        }
    }

    package func voidLeases(at now: Moment) async throws(StoreFailure) {
        try await write(.many) { db in
            db.write("UPDATE dials SET ready = $1, fence = fence + 1 WHERE ready > $1", [now])
            db.write(
                "UPDATE terminations SET ready = $1, fence = fence + 1 WHERE state <> 'verified' AND ready > $1", [now])
        }
    }

    package func dial(of room: RoomName) async throws(StoreFailure) -> Dial? {
        try await lookUp { db in
            try await db.row("SELECT \(StoredDial.columns) FROM attempts WHERE room = $1", [room.rawValue])
                .map { StoredDial.dial($0) }
        }
    }
}
