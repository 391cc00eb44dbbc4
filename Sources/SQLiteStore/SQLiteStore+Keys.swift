package import CallControl
package import CallCore
import Foundation
import GRDB
import StoredRows

extension SQLiteStore: KeyStore {
    package func insert(_ key: APIKey, digest: [UInt8], for caller: Caller) async throws(StoreFailure) {
        try await commits.write { db in
            try Self.once(caller, db)
            try Self.insertIfNew(key.organization, db)
            try db.run(StoredKey.insert, values: StoredKey.insertValues(key, digest: digest))
            try Self.audit(.created(key), for: caller, at: key.createdAt, db)
            try Self.keep(.key(key), for: caller, db)
        }
    }

    package func key(digest: [UInt8]) async throws(StoreFailure) -> APIKey? {
        try await lookUp { db in
            try db.row(StoredKey.byDigest, [Data(digest)]).map { try StoredKey.key($0) }
        }
    }

    package func key(_ id: KeyID) async throws(StoreFailure) -> APIKey? {
        try await read { db in
            try db.row(StoredKey.byID, [id.rawValue]).map { try StoredKey.key($0) }
        }
    }

    package func keys(of organization: OrganizationID) async throws(StoreFailure) -> [APIKey] {
        try await read { db in
            try db.rows(
                "SELECT \(StoredKey.columns) FROM keys WHERE organization = ? ORDER BY created DESC, id DESC LIMIT 1000",
                [organization.rawValue]
            ).map { try StoredKey.key($0) }
        }
    }

    package func revoke(_ id: KeyID, for caller: Caller, at now: Moment) async throws(StoreFailure) -> APIKey? {
        try await commits.write { db in
            try Self.once(caller, db)
            try db.run(
                "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL", [now, id.rawValue])
            let isNew = db.changesCount == 1
            guard let row = try db.row(StoredKey.byID, [id.rawValue]) else { return nil }
            let key = try StoredKey.key(row)
            if isNew { try Self.audit(.revoked(key, at: now), for: caller, at: now, db) }
            try Self.keep(.key(key), for: caller, db)
            return key
        }
    }

    /// Organizations come with their first key or agent.
    static func insertIfNew(_ organization: OrganizationID, _ db: Database) throws {
        try db.run("INSERT OR IGNORE INTO organizations (id) VALUES (?)", [organization.rawValue])
    }
}

extension StoredKey {
    fileprivate static let insert = insertColumns.insert(into: "keys")
    fileprivate static let byDigest = "SELECT \(columns) FROM keys WHERE digest = ?"
    fileprivate static let byID = "SELECT \(columns) FROM keys WHERE id = ?"
}
