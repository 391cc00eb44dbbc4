package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func leaseDials(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [DialLease] {
        try await commits.write { db in
            let rows = try db.rows(
                "SELECT room, call, fence FROM dials WHERE ready <= ? ORDER BY ready LIMIT ?",
                [now, limit])
            return try rows.map { row in
                let fence = row.number(2) + 1
                try db.run(
                    "UPDATE dials SET ready = ?, fence = ? WHERE room = ?", [until, fence, row.text(0)])
                guard let call = try StoredCall.fetch(key: row.number(1), db)?.call,
                    let agent = try StoredAgent.fetch(call.agent, db)
                else { throw Corrupt("dial of \(row.text(0)) has no call") }
                return DialLease(room: RoomName(rawValue: row.text(0)), fence: fence, call: call, agent: agent)
            }
        }
    }

    package func postpone(_ lease: DialLease, until moment: Moment) async throws(StoreFailure) -> Bool {
        try await commits.write { db in
            try db.run(
                "UPDATE dials SET ready = ?, fence = fence + 1 WHERE room = ? AND fence = ?",
                [moment, lease.room.rawValue, lease.fence])
            return db.changesCount == 1
        }
    }

    package func renew(
        dials: [DialLease], terminations: [TerminationLease], until: Moment
    ) async throws(StoreFailure) {
        guard !dials.isEmpty || !terminations.isEmpty else { return }
        try await commits.write { db in
            for lease in dials {
                try db.run(
                    "UPDATE dials SET ready = ? WHERE room = ? AND fence = ?",
                    [until, lease.room.rawValue, lease.fence])
            }
            for lease in terminations {
                try db.run(
                    "UPDATE terminations SET ready = ? WHERE room = ? AND fence = ? AND state <> 'verified'",
                    [until, lease.room.rawValue, lease.fence])
            }
        }
    }

    package func voidLeases(at now: Moment) async throws(StoreFailure) {
        try await commits.write { db in
            try db.run(
                "UPDATE dials SET ready = ?, fence = fence + 1 WHERE ready > ?", [now, now])
            try db.run(
                "UPDATE terminations SET ready = ?, fence = fence + 1 WHERE state <> 'verified' AND ready > ?",
                [now, now])
        }
    }

    package func dial(of room: RoomName) async throws(StoreFailure) -> Dial? {
        try await read { db in
            try db.row("SELECT \(StoredDial.columns) FROM attempts WHERE room = ?", [room.rawValue]).map {
                StoredDial.dial($0)
            }
        }
    }
}
