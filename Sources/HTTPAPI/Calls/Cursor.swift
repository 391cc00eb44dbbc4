import CallControl
import CallCore
import Crypto

/// Where a page of calls ended, as clients carry it: opaque, and good for one organization and one order only.
struct Cursor: Sendable, Equatable {
    let sort: CallQuery.Sort
    let order: CallQuery.Order
    let position: CallQuery.Position

    init(sort: CallQuery.Sort, order: CallQuery.Order, position: CallQuery.Position) {
        self.sort = sort
        self.order = order
        self.position = position
    }

    /// Nil for a text that `text(organization:)` did not make.
    init?(_ text: String, organization: OrganizationID) {
        guard text.utf8.count == 32, let bytes = Base64URL.decode(text), bytes.count == 24, bytes[0] == 1 else {
            return nil
        }
        guard Array(bytes[18...]) == Self.check(bytes[..<18], organization) else { return nil }
        sort = bytes[1] & 1 == 0 ? .createdAt : .scheduledAt
        order = bytes[1] & 2 == 0 ? .descending : .ascending
        let numbers = [bytes[2..<10], bytes[10..<18]].map { $0.reduce(0) { $0 << 8 | Int64($1) } }
        position = CallQuery.Position(value: numbers[0], key: numbers[1])
    }

    func text(organization: OrganizationID) -> String {
        var bytes: [UInt8] = [1, (sort == .createdAt ? 0 : 1) | (order == .descending ? 0 : 2)]
        for number in [position.value, position.key] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return Base64URL.encode(bytes + Self.check(bytes[...], organization))
    }

    /// No secret: it finds cursors that were mistyped, cut or made up.
    ///
    /// What a cursor shows is decided by the key.
    static func check(_ bytes: ArraySlice<UInt8>, _ organization: OrganizationID) -> [UInt8] {
        Array(SHA256.hash(data: Array(bytes) + Array(organization.rawValue.utf8)).prefix(6))
    }
}

/// Base64 with `-` and `_`, without padding.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for letter in text.utf8 {
            guard let index = alphabet.firstIndex(of: letter) else { return nil }
            bits = bits << 6 | UInt32(index)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}
