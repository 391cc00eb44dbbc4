import CallControl
import CallCore

/// Where a page of suppressions ended, as clients carry it: opaque, and good for one organization only.
enum SuppressionCursor {
    /// So that no cursor of calls is taken for one of these.
    private static let kind: UInt8 = 2

    /// Nil for a text that `text(_:organization:)` did not make.
    static func position(_ text: String, organization: OrganizationID) -> SuppressionQuery.Position? {
        guard text.utf8.count <= 120, let bytes = Base64URL.decode(text), bytes.count > 15, bytes[0] == kind else {
            return nil
        }
        let body = bytes.dropLast(6)
        guard Array(bytes.suffix(6)) == Cursor.check(body, organization) else { return nil }
        let milliseconds = body[1..<9].reduce(0) { $0 << 8 | Int64($1) }
        let id = String(decoding: body[9...], as: UTF8.self)
        return SuppressionQuery.Position(at: Moment(milliseconds: milliseconds), id: SuppressionID(rawValue: id))
    }

    static func text(_ position: SuppressionQuery.Position, organization: OrganizationID) -> String {
        var bytes = [kind]
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: position.at.milliseconds >> shift))
        }
        bytes += Array(position.id.rawValue.utf8)
        return Base64URL.encode(bytes + Cursor.check(bytes[...], organization))
    }
}
