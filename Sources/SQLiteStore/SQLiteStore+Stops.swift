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
            try Self.write(drain, for: caller, db)
            let (scope, value) = Self.columns(of: stop.scope)
            try db.run(
                """
                INSERT INTO stops (id, organization, scope, value, live, queue, reason, key, at, operation) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    stop.id.rawValue, stop.organization.rawValue, scope, value, stop.live.rawValue,
                    stop.queue.rawValue, stop.reason, stop.key.rawValue, stop.at.milliseconds, drain.id.rawValue,
                ])
            try Self.audit(
                AuditNote(
                    .stopSet, on: stop.id.rawValue, reason: stop.reason, after: "in_force",
                    detail: try AuditNote.detail([
                        "scope": scope, "value": value, "live": stop.live.rawValue, "queue": stop.queue.rawValue,
                        "operation": drain.id.rawValue,
                    ])), for: caller, at: stop.at, db)
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
            try db.run(
                "UPDATE stops SET released = ?, released_key = ?, released_reason = ? WHERE id = ?",
                [now.milliseconds, caller.key.rawValue, reason, id.rawValue])
            // What the drain has not come to is let go as well: after a release nothing may be cancelled or held for this stop.
            try db.run(
                "UPDATE operations SET done = ? WHERE id = ? AND done IS NULL",
                [now.milliseconds, old.drain.id.rawValue])
            try Self.write(freeing, for: caller, db)
            try Self.audit(
                AuditNote(
                    .stopRelease, on: id.rawValue, reason: reason, before: "in_force", after: "released",
                    detail: try AuditNote.detail(["operation": freeing.id.rawValue])), for: caller, at: now, db)
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
                case true?: "organization = ? AND released IS NULL"
                case false?: "organization = ? AND released IS NOT NULL"
                case nil: "organization = ?"
                }
            let stops = try db.rows(
                """
                SELECT \(Self.stopColumns) FROM stops INDEXED BY stops_newest WHERE \(condition) \
                ORDER BY at DESC, id DESC LIMIT ? OFFSET ?
                """, [organization.rawValue, limit, offset]
            ).map { try Self.stop($0, db) }
            let total = try db.integer("SELECT count(*) FROM stops WHERE \(condition)", [organization.rawValue])
            return (stops, Int(total ?? 0))
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

    private static let stopColumns = """
        id, organization, scope, value, live, queue, reason, key, at, operation, released, released_key, released_reason
        """

    private static func stop(_ id: StopID, _ db: Database) throws -> StopRecord? {
        try db.row("SELECT \(stopColumns) FROM stops WHERE id = ?", [id.rawValue]).map { try stop($0, db) }
    }

    private static func stop(_ row: Row, _ db: Database) throws -> StopRecord {
        guard let live = Stop.Live(rawValue: row.text(4)), let queue = Stop.Queue(rawValue: row.text(5)),
            let scope = scope(row.text(2), row[3]),
            let drain = try operation(OperationID(rawValue: row.text(9)), db)
        else { throw Corrupt("stop \(row.text(0))") }
        let release = row.moment(10).map {
            Stop.Release(at: $0, key: KeyID(rawValue: row.text(11)), reason: row[12])
        }
        return StopRecord(
            stop: Stop(
                id: StopID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)), scope: scope,
                live: live, queue: queue, reason: row[6], key: KeyID(rawValue: row.text(7)), at: row.instant(8),
                release: release), drain: drain)
    }

    static func columns(of scope: StopScope) -> (scope: String, value: String?) {
        switch scope {
        case .all: ("all", nil)
        case .agent(let agent): ("agent", agent.rawValue)
        case .batch(let batch): ("batch", batch.rawValue)
        case .phone(let number): ("phone", number.e164)
        }
    }

    static func scope(_ scope: String, _ value: String?) -> StopScope? {
        switch (scope, value) {
        case ("all", _): .all
        case ("agent", let value?): .agent(AgentID(rawValue: value))
        case ("batch", let value?): .batch(BatchID(rawValue: value))
        case ("phone", let value?): PhoneNumber(value).map(StopScope.phone)
        default: nil
        }
    }
}
