import CallControl
import CallCore
import Crypto
import HTTPTypes
import Hummingbird

/// The header field by which a client says that it may repeat a request, and that this must not do the thing twice.
enum IdempotencyKey: Sendable, Equatable {
    case absent
    case word(String)
    /// The request is refused for it, after what would be refused in any case.
    case fault(Fault)

    static let name = HTTPField.Name("Idempotency-Key")
    static let replayed = HTTPField.Name("Idempotency-Replayed")

    /// GET and HEAD can be repeated as they are.
    init(_ request: Request) {
        guard let name = Self.name, request.method != .get, request.method != .head else {
            self = .absent
            return
        }
        let words = request.headers[values: name]
        guard let word = words.first else {
            self = .absent
            return
        }
        let isPlain = word.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        guard words.count == 1, isPlain, (1...255).contains(word.utf8.count) else {
            self = .fault(Fault(name.rawName, "must be 1 to 255 printable ASCII characters, and be there once"))
            return
        }
        self = .word(word)
    }
}

extension Inquiry {
    /// The SHA-256 of all that the client asks for in this place: the query, and the body to its last byte.
    func digest(_ body: [UInt8]) -> [UInt8] {
        let query = Array((request.uri.query ?? "").utf8)
        // The length goes first, so that nothing can be pushed over from the one to the other.
        return Array(SHA256.hash(data: Array("\(query.count):".utf8) + query + body))
    }
}
