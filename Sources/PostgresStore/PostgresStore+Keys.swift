package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: KeyStore {
    package func insert(_ key: APIKey, digest: [UInt8], for caller: Caller) async throws(StoreFailure) {
        try await write(.nothing) { db in
            try await db.once(caller)
            db.write(Self.insertOrganization, [key.organization.rawValue])
            db.write(Self.insertKey, StoredKey.insertValues(key, digest: digest))
            db.audit(try .created(key), for: caller, at: key.createdAt)
            db.keep(.key(key), for: caller)
        }
    }

    private static let insertKey = Statement.insert(into: "keys", StoredKey.insertColumns)

    package func key(digest: [UInt8]) async throws(StoreFailure) -> APIKey? {
        try await glance { db in
            try await db.row("SELECT \(StoredKey.columns) FROM keys WHERE digest = $1", [digest])
                .map { try StoredKey.key($0) }
        }
    }

    package func key(_ id: KeyID) async throws(StoreFailure) -> APIKey? {
        try await lookUp { db in
            try await db.row("SELECT \(StoredKey.columns) FROM keys WHERE id = $1", [id.rawValue])
                .map { try StoredKey.key($0) }
        }
    }

    package func keys(of organization: OrganizationID) async throws(StoreFailure) -> [APIKey] {
        try await read { db in
            try await db.rows(
                """
                SELECT \(StoredKey.columns) FROM keys WHERE organization = $1 ORDER BY created DESC, id DESC LIMIT 1000
                """, [organization.rawValue]
            ).map { try StoredKey.key($0) }
        }
    }

    package func revoke(_ id: KeyID, for caller: Caller, at now: Moment) async throws(StoreFailure) -> APIKey? {
        try await write(.nothing) { db in
            try await db.once(caller)
            let isNew =
                try await db.change(
                    "UPDATE keys SET revoked = $1 WHERE id = $2 AND revoked IS NULL", [now, id.rawValue]
                ).changed == 1
            let row = try await db.row("SELECT \(StoredKey.columns) FROM keys WHERE id = $1", [id.rawValue])
            guard let key = try row.map({ try StoredKey.key($0) }) else { return nil }
            if isNew { db.audit(.revoked(key, at: now), for: caller, at: now) }
            db.keep(.key(key), for: caller)
            return key
        }
    }
}
