import CallCore
import Crypto

/// The chain that the entries of an organization's audit log form: who changes, removes or moves one breaks all after it.
///
/// An entry's hash is the SHA-256 of the hash before it (32 zero bytes before the first) and of its fields, as `fields` has them: for
/// each one the byte 0 where it is null, else the byte 1, its length in bytes as 64 bits, the most significant first, and its UTF-8.
package enum AuditChain {
    /// What stands before the first entry.
    package static let root = [UInt8](repeating: 0, count: 32)

    /// The hash of an entry in the place after `previous`; the one that it has does not count.
    package static func hash(of entry: AuditEntry, after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        for field in fields(of: entry) {
            guard let field else {
                bytes.append(0)
                continue
            }
            bytes.append(1)
            withUnsafeBytes(of: UInt64(field.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: field.utf8)
        }
        return Array(SHA256.hash(data: bytes))
    }

    /// All that an entry says, in a fixed order, as the API and the export show it.
    private static func fields(of entry: AuditEntry) -> [String?] {
        [
            entry.organization.rawValue, "\(entry.sequence)", "\(entry.at)", entry.actor.rawValue, entry.action,
            entry.subject, entry.reason, entry.request, entry.address, entry.before, entry.after, entry.detail,
        ]
    }
}
