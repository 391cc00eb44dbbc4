package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: StopStore {
    package func insert(
        _ stop: Stop, draining drain: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> StopRecord {
        try await write(.order) { db in
            try await db.once(caller)
            // Nobody schedules a call, or sends a dial, that has not seen this stop; what was sent before is on the disk.
            db.own(stop.organization)
            try await db.begin(drain, for: caller)
            db.write(Self.insertStop, StoredStop.insertValues(stop, draining: drain.id))
            db.audit(try .set(stop, draining: drain.id), for: caller, at: stop.at)
            guard let record = try await Self.stop(stop.id, db) else {
                throw Corrupt("stop \(stop.id) is not there after its insert")
            }
            db.keep(.stop(record), for: caller)
            return record
        }
    }

    private static let insertStop = Statement.insert(into: "stops", StoredStop.insertColumns)
    private static let releaseStop = Statement.update("stops", StoredStop.releaseColumns) { "id = $\($0)" }

    package func release(
        _ id: StopID, reason: String?, freeing: CallControl.Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> StopRelease? {
        try await write(.order) { db in
            // Before the look for the first try's answer, which may be under way on a node that sleeps.
            db.own(caller.organization)
            try await db.once(caller)
            guard let old = try await Self.stop(id, db) else { return nil }
            guard old.stop.release == nil else { return .wasReleased }
            let release = Stop.Release(at: now, key: caller.key, reason: reason)
            db.write(Self.releaseStop, StoredStop.releaseValues(release) + [id.rawValue])
            // What the drain has not come to is let go as well: after a release nothing may be cancelled or held for this stop.
            db.write(
                "UPDATE operations SET done = $1 WHERE id = $2 AND done IS NULL", [now, old.drain.id.rawValue])
            try await db.begin(freeing, for: caller)
            db.audit(try .released(id, reason: reason, freeing: freeing.id), for: caller, at: now)
            guard let record = try await Self.stop(id, db) else {
                throw Corrupt("stop \(id) is not there after its release")
            }
            db.keep(.stop(record), for: caller)
            return .released(record)
        }
    }

    package func stop(_ id: StopID) async throws(StoreFailure) -> StopRecord? {
        try await lookUp { try await Self.stop(id, $0) }
    }

    package func stops(
        of organization: OrganizationID, inForce: Bool?, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (stops: [StopRecord], total: Int) {
        try await read { db in
            let condition =
                switch inForce {
                case true?: "organization = $1 AND \(StoredSuppression.isNone) AND released IS NULL"
                case false?: "organization = $1 AND \(StoredSuppression.isNone) AND released IS NOT NULL"
                case nil: "organization = $1 AND \(StoredSuppression.isNone)"
                }
            let seen = try await db.all([
                Statement(
                    """
                    SELECT \(StoredStop.columns) FROM stops WHERE \(condition) ORDER BY at DESC, id DESC LIMIT $2 OFFSET $3
                    """, [organization.rawValue, limit, offset]),
                Statement("SELECT count(*) FROM stops WHERE \(condition)", [organization.rawValue]),
            ])
            var stops: [StopRecord] = []
            for row in seen[0] { stops.append(try await Self.stop(row, db)) }
            return (stops, Int(seen[1].first?.number(0) ?? 0))
        }
    }

    package func timedStops(limit: Int) async throws(StoreFailure) -> [Stop] {
        try await glance { db in
            try await db.rows(
                """
                SELECT \(StoredStop.columns) FROM stops WHERE released IS NULL AND until IS NOT NULL \
                ORDER BY until LIMIT $1
                """, [limit]
            ).map { try StoredStop.stop($0) }
        }
    }

    package func lastPause(
        of guarded: Guarded, for cause: Stop.Cause, in organization: OrganizationID
    ) async throws(StoreFailure) -> Stop? {
        try await lookUp { db in
            let ask = Transaction.lastPause(of: guarded, for: cause, in: organization)
            return try await db.row(ask.sql, ask.values).map { try StoredStop.stop($0) }
        }
    }

    package func endings(
        of guarded: Guarded, after since: Moment, amongst limit: Int
    ) async throws(StoreFailure) -> [CallStatus: Int] {
        try await read { db in
            try StoredBreaker.endings(
                try await db.rows(
                    """
                    SELECT a.status, count(*) FROM (SELECT call, status FROM attempts WHERE ended > $1 \
                    ORDER BY ended DESC LIMIT $2) a JOIN calls c ON c.key = a.call \
                    WHERE c.\(StoredBreaker.column(of: guarded)) = $3 GROUP BY a.status
                    """, [since, limit, StoredStop.columns(of: guarded.scope).value]))
        }
    }

    package func organization(of batch: BatchID) async throws(StoreFailure) -> OrganizationID? {
        try await read { db in
            // A seek for each organization: the index of batches begins with it.
            try await db.row(
                """
                SELECT o.id FROM organizations o WHERE EXISTS (SELECT 1 FROM calls c WHERE c.organization = o.id \
                AND c.batch = $1) LIMIT 1
                """, [batch.rawValue]
            ).map { OrganizationID(rawValue: $0.text(0)) }
        }
    }

    private static func stop(_ id: StopID, _ db: Transaction) async throws -> StopRecord? {
        let row = try await db.row(
            "SELECT \(StoredStop.columns) FROM stops WHERE id = $1 AND \(StoredSuppression.isNone)", [id.rawValue])
        guard let row else { return nil }
        return try await stop(row, db)
    }

    private static func stop(_ row: Row, _ db: Transaction) async throws -> StopRecord {
        let stop = try StoredStop.stop(row)
        guard let drain = try await db.operation(StoredStop.drain(row)) else {
            throw Corrupt("stop \(stop.id) has no drain")
        }
        return StopRecord(stop: stop, drain: drain)
    }
}
