import Crypto
import JWTKit

/// An API key of a LiveKit server with its secret, ready to sign and to verify.
package struct APIKey: Sendable, CustomStringConvertible {
    /// The key's own name, which is no secret: `iss` in every token that it signs.
    package let name: String
    /// Built once: tokens are signed all the time.
    let keys: JWTKeyCollection

    package init(_ name: String, secret: String) async {
        self.name = name
        // HMAC fills a short key with zeros up to its block of 64 bytes, so zeros at the end change no signature.
        // JWTKit insists on 32 bytes, and the secret of `livekit-server --dev` has six.
        var bytes = Array(secret.utf8)
        if bytes.count < SHA256.byteCount {
            bytes += repeatElement(0, count: SHA256.byteCount - bytes.count)
        }
        keys = await JWTKeyCollection()
            .add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha256, serializer: OrderedClaimsSerializer())
    }

    package var description: String { "API key \(name)" }
}

/// The keys of a server, found by name.
package struct APIKeys: Sendable {
    private let byName: [String: APIKey]

    /// Of two keys of one name the later one counts.
    package init(_ keys: [APIKey]) {
        byName = Dictionary(keys.map { ($0.name, $0) }) { _, later in later }
    }

    package subscript(name: String) -> APIKey? { byName[name] }
}
