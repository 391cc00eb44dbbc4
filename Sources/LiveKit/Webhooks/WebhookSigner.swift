import Crypto
package import Foundation

/// Signs webhooks as a LiveKit server does: for the sandbox.
package struct WebhookSigner: Sendable {
    /// As LiveKit: a repeated delivery carries the first one's token.
    package static let lifetime: TimeInterval = 300

    private let key: APIKey
    private let now: @Sendable () -> Date

    package init(key: APIKey, now: @escaping @Sendable () -> Date) {
        self.key = key
        self.now = now
    }

    /// The Authorization header for a body, without `Bearer`.
    package func authorization(for body: [UInt8]) async throws(AccessTokenError) -> String {
        let now = now()
        return try await AccessToken(
            issuer: key.name, issuedAt: now, notBefore: now, expires: now.addingTimeInterval(Self.lifetime),
            sha256: Data(SHA256.hash(data: body)).base64EncodedString()
        ).signed(by: key)
    }
}
