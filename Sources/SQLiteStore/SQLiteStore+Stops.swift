package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: StopStore {
    package func insert(
        _ stop: Stop, draining drain: Operation, for caller: Caller
    ) async throws(StoreFailure) -> StopRecord {
        try await commits.write { db in
            try Self.once(caller, db)
            try StoredOperation.insert(drain, for: caller, db)
            try db.run(StoredStop.insert, values: StoredStop.insertValues(stop, draining: drain.id))
            try Self.audit(.set(stop, draining: drain.id), for: caller, at: stop.at, db)
            guard let record = try Self.stop(stop.id, db) else {
                throw Corrupt("stop \(stop.id) is not there after its insert")
            }
            try Self.keep(.stop(record), for: caller, db)
            return record
        }
    }

    package func release(
        _ id: StopID, reason: String?, freeing: Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> StopRelease? {
        try await commits.write { db in
            try Self.once(caller, db)
            guard let old = try Self.stop(id, db) else { return nil }
            guard old.stop.release == nil else { return .wasReleased }
            let release = Stop.Release(at: now, key: caller.key, reason: reason)
            try db.run(StoredStop.release, values: StoredStop.releaseValues(release) + [id.rawValue])
            // What the drain has not come to is let go as well: after a release nothing may be cancelled or held for this stop.
            try db.run(
                "UPDATE operations SET done = ? WHERE id = ? AND done IS NULL",
                [now, old.drain.id.rawValue])
            try StoredOperation.insert(freeing, for: caller, db)
            try Self.audit(.released(id, reason: reason, freeing: freeing.id), for: caller, at: now, db)
            guard let record = try Self.stop(id, db) else { throw Corrupt("stop \(id) is not there after its release") }
            try Self.keep(.stop(record), for: caller, db)
            return .released(record)
        }
    }

    package func stop(_ id: StopID) async throws(StoreFailure) -> StopRecord? {
        try await read { try Self.stop(id, $0) }
    }

    package func stops(
        of organization: OrganizationID, inForce: Bool?, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (stops: [StopRecord], total: Int) {
        try await read { db in
            let condition =
                switch inForce {
                case true?: "organization = ? AND \(StoredSuppression.isNone) AND released IS NULL"
                case false?: "organization = ? AND \(StoredSuppression.isNone) AND released IS NOT NULL"
                case nil: "organization = ? AND \(StoredSuppression.isNone)"
                }
            let stops = try db.rows(
                """
                SELECT \(StoredStop.columns) FROM stops INDEXED BY stops_newest WHERE \(condition) \
                ORDER BY at DESC, id DESC LIMIT ? OFFSET ?
                """, [organization.rawValue, limit, offset]
            ).map { try Self.stop($0, db) }
            let total = try db.integer(
                "SELECT count(*) FROM stops INDEXED BY stops_newest WHERE \(condition)", [organization.rawValue])
            return (stops, Int(total ?? 0))
        }
    }

    package func timedStops(limit: Int) async throws(StoreFailure) -> [Stop] {
        try await glance { db in
            try db.rows(
                """
                SELECT \(StoredStop.columns) FROM stops INDEXED BY stops_timed WHERE released IS NULL \
                AND until IS NOT NULL ORDER BY until LIMIT ?
                """, [limit]
            ).map { try StoredStop.stop($0) }
        }
    }

    package func lastPause(
        of guarded: Guarded, for cause: Stop.Cause, in organization: OrganizationID
    ) async throws(StoreFailure) -> Stop? {
        try await read { try Self.lastPause(of: guarded, for: cause, in: organization, $0) }
    }

    static func lastPause(
        of guarded: Guarded, for cause: Stop.Cause, in organization: OrganizationID, _ db: Database
    ) throws -> Stop? {
        let value = StoredStop.columns(of: guarded.scope).value
        return try db.row(StoredStop.lastPause, [organization.rawValue, value, cause.rawValue])
            .map { try StoredStop.stop($0) }
    }

    package func endings(
        of guarded: Guarded, after since: Moment, amongst limit: Int
    ) async throws(StoreFailure) -> [CallStatus: Int] {
        try await read { db in
            try StoredBreaker.endings(
                try db.rows(
                    """
                    SELECT a.status, count(*) FROM (SELECT call, status FROM attempts INDEXED BY attempts_ended WHERE ended > ? \
                    ORDER BY ended DESC LIMIT ?) a CROSS JOIN calls c ON c.key = a.call \
                    WHERE c.\(StoredBreaker.column(of: guarded)) = ? GROUP BY a.status
                    """, [since, limit, StoredStop.columns(of: guarded.scope).value]))
        }
    }

    package func organization(of batch: BatchID) async throws(StoreFailure) -> OrganizationID? {
        try await read { db in
            // A seek for each organization: the index of batches begins with it.
            try db.row(
                """
                SELECT o.id FROM organizations o WHERE EXISTS (SELECT 1 FROM calls c INDEXED BY calls_by_batch \
                WHERE c.organization = o.id AND c.batch = ?) LIMIT 1
                """, [batch.rawValue]
            ).map { OrganizationID(rawValue: $0.text(0)) }
        }
    }

    private static func stop(_ id: StopID, _ db: Database) throws -> StopRecord? {
        try db.row(StoredStop.byID, [id.rawValue]).map { try stop($0, db) }
    }

    private static func stop(_ row: Row, _ db: Database) throws -> StopRecord {
        let stop = try StoredStop.stop(row)
        guard let drain = try StoredOperation.record(StoredStop.drain(row), db) else {
            throw Corrupt("stop \(stop.id) has no drain")
        }
        return StopRecord(stop: stop, drain: drain)
    }
}

extension StoredStop {
    fileprivate static let byID = "SELECT \(columns) FROM stops WHERE id = ? AND \(StoredSuppression.isNone)"
    fileprivate static let insert = insertColumns.insert(into: "stops")
    fileprivate static let lastPause = """
        SELECT \(columns) FROM stops INDEXED BY stops_of_guards WHERE organization = ? AND value = ? AND cause = ? \
        ORDER BY at DESC LIMIT 1
        """
    fileprivate static let release = releaseColumns.update("stops", where: "id = ?")
}
