import Crypto
package import Foundation
import SwiftProtobuf

/// Believes a webhook, or says why not.
///
/// Says nothing about repetition: LiveKit delivers an event again with the same id and token.
package struct WebhookVerifier: Sendable {
    private let keys: APIKeys
    private let now: @Sendable () -> Date

    package init(keys: APIKeys, now: @escaping @Sendable () -> Date) {
        self.keys = keys
        self.now = now
    }

    /// The event, once the token is verified and its sum agrees with the body's very bytes; not one byte is parsed
    /// before.
    ///
    /// - Parameter authorization: the header; LiveKit sends the bare token, `Bearer` before it is accepted too.
    package func verify(body: [UInt8], authorization: String?) async throws(WebhookRefusal) -> LKWebhookEvent {
        guard let authorization, !authorization.isEmpty else { throw .missingToken }
        var text = authorization[...]
        if text.hasPrefix("Bearer ") { text.removeFirst("Bearer ".count) }
        let token: AccessToken
        do throws(AccessTokenError) {
            token = try await AccessToken.verify(text, keys: keys, now: now())
        } catch {
            throw .token(error)
        }
        guard let sum = token.sha256.flatMap({ Data(base64Encoded: $0) }) else { throw .unsignedBody }
        // Crypto compares a digest with other bytes in constant time.
        guard SHA256.hash(data: body) == sum else { throw .otherBody }
        do {
            return try LKWebhookEvent(jsonUTF8Bytes: body, options: Self.decoding)
        } catch {
            throw .malformedEvent
        }
    }

    /// A newer server's fields, and its names in enums that we know, are no reason to lose an event.
    private static let decoding: JSONDecodingOptions = {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return options
    }()
}
