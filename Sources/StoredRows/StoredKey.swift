package import CallControl
import CallCore

/// A row of `keys`.
package enum StoredKey {
    package static let columns: Columns = "id, organization, name, role, created, expires, revoked"

    package static func key(_ row: some StoredRow) throws -> APIKey {
        guard let role = APIKey.Role(rawValue: row.text(3)) else { throw Corrupt("key \(row.text(0))") }
        return APIKey(
            id: KeyID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)), name: row.text(2),
            role: role, createdAt: row.instant(4), expiresAt: row.moment(5), revokedAt: row.moment(6))
    }

    package static let insertColumns: Columns = "id, digest, organization, name, role, created, expires"

    package static func insertValues(_ key: APIKey, digest: [UInt8]) -> StoredValues {
        [
            key.id.rawValue, digest, key.organization.rawValue, key.name, key.role.rawValue, key.createdAt,
            key.expiresAt,
        ]
    }
}
