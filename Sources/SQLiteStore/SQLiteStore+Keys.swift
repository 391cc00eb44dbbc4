package import CallControl
package import CallCore
import Foundation
import GRDB

extension SQLiteStore: KeyStore {
    package func insert(_ key: APIKey, digest: [UInt8], for caller: Caller) async throws(StoreFailure) {
        try await commits.write { db in
            try Self.once(caller, db)
            try db.run("INSERT OR IGNORE INTO organizations (id) VALUES (?)", [key.organization.rawValue])
            try db.run(
                "INSERT INTO keys (id, digest, organization, name, role, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    key.id.rawValue, Data(digest), key.organization.rawValue, key.name, key.role.rawValue,
                    key.createdAt.milliseconds, key.expiresAt?.milliseconds,
                ])
            let note = AuditNote(
                .keyCreate, on: key.id.rawValue, after: "valid",
                detail: try Self.detail(["name": key.name, "role": key.role.rawValue]))
            try Self.audit(note, for: caller, at: key.createdAt, db)
            try Self.keep(.key(key), for: caller, db)
        }
    }

    package func key(digest: [UInt8]) async throws(StoreFailure) -> APIKey? {
        try await lookUp { db in
            try db.row("SELECT \(Self.keyColumns) FROM keys WHERE digest = ?", [Data(digest)]).map(Self.key)
        }
    }

    package func key(_ id: KeyID) async throws(StoreFailure) -> APIKey? {
        try await read { db in
            try db.row("SELECT \(Self.keyColumns) FROM keys WHERE id = ?", [id.rawValue]).map(Self.key)
        }
    }

    package func keys(of organization: OrganizationID) async throws(StoreFailure) -> [APIKey] {
        try await read { db in
            try db.rows(
                "SELECT \(Self.keyColumns) FROM keys WHERE organization = ? ORDER BY created DESC, id DESC LIMIT 1000",
                [organization.rawValue]
            ).map(Self.key)
        }
    }

    package func revoke(_ id: KeyID, for caller: Caller, at now: Moment) async throws(StoreFailure) -> APIKey? {
        try await commits.write { db in
            try Self.once(caller, db)
            try db.run(
                "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL", [now.milliseconds, id.rawValue])
            let isNew = db.changesCount == 1
            let row = try db.row("SELECT \(Self.keyColumns) FROM keys WHERE id = ?", [id.rawValue])
            guard let key = try row.map(Self.key) else { return nil }
            if isNew {
                let hasExpired = key.expiresAt.map { $0 <= now } ?? false
                let note = AuditNote(
                    .keyRevoke, on: id.rawValue, before: hasExpired ? "expired" : "valid", after: "revoked")
                try Self.audit(note, for: caller, at: now, db)
            }
            try Self.keep(.key(key), for: caller, db)
            return key
        }
    }

    private static let keyColumns = "id, organization, name, role, created, expires, revoked"

    private static func key(_ row: Row) throws -> APIKey {
        guard let role = APIKey.Role(rawValue: row.text(3)) else { throw Corrupt("key \(row.text(0))") }
        return APIKey(
            id: KeyID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)), name: row.text(2),
            role: role, createdAt: row.instant(4), expiresAt: row.moment(5), revokedAt: row.moment(6))
    }
}
