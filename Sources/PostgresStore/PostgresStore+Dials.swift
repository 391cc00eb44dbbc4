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
            // Read, not locked: a call may have gone on before its attempts are read, and after. The lease tells where the dial was left;
            // whatever is done about it is decided on the call as it then stands, by the fence that was written here.
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
        try await write(.call(lease.call.id)) { db in
            // The call first, as everybody does who locks both.
            _ = try await db.lock(lease.call.id)
            return try await db.change(
                "UPDATE dials SET ready = $1, fence = fence + 1 WHERE room = $2 AND fence = $3",
                [moment, lease.room.rawValue, lease.fence]
            ).changed == 1
        }
    }

    package func renew(
        dials: [DialLease], terminations: [TerminationLease], until: Moment
    ) async throws(StoreFailure) {
        guard !dials.isEmpty || !terminations.isEmpty else { return }
        try await write(.lease) { db in
            db.write(Self.renewDials, [until, List.of(dials.map(\.room.rawValue)), List.of(dials.map(\.fence))])
            db.write(
                Self.renewTerminations,
                [until, List.of(terminations.map(\.room.rawValue)), List.of(terminations.map(\.fence))])
        }
    }

    private static let renewDials = renewal(of: "dials", where: "TRUE")
    private static let renewTerminations = renewal(of: "terminations", where: "state <> 'verified'")

    /// What somebody has locked this moment is left out: it is being settled, or its turn comes with the next renewal.
    ///
    /// To wait for one would let all others run out. A lease never gets shorter.
    private static func renewal(of table: String, where condition: String) -> String {
        """
        UPDATE \(table) t SET ready = $1 FROM (SELECT h.room FROM \(table) h \
        JOIN unnest($2::text[], $3::bigint[]) AS l (room, fence) ON h.room = l.room AND h.fence = l.fence \
        WHERE \(condition) AND h.ready < $1 FOR NO KEY UPDATE OF h SKIP LOCKED) held WHERE t.room = held.room
        """
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
