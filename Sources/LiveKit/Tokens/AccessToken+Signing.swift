package import Foundation
import JWTKit

extension AccessToken {
    /// How far another machine's clock may be off, as LiveKit allows it.
    package static let leeway: TimeInterval = 60

    /// The token as text.
    ///
    /// `issuer` must be the key's name, or nobody will verify it.
    package func signed(by key: APIKey) async throws(AccessTokenError) -> String {
        do {
            return try await key.keys.sign(self)
        } catch {
            throw .unsignable
        }
    }

    /// Checks algorithm, key, signature and times of a token, in this order, and tells what it says.
    ///
    /// What it grants is not looked at: see `permits`.
    package static func verify(
        _ text: some StringProtocol & Sendable, keys: APIKeys, now: Date
    ) async throws(AccessTokenError) -> AccessToken {
        let bytes = Array(text.utf8)
        let unverified: (header: JWTHeader, payload: AccessToken, signature: Data)
        do {
            unverified = try DefaultJWTParser().parse(bytes, as: AccessToken.self)
        } catch {
            throw .malformed
        }
        guard unverified.header.alg == "HS256" else { throw .wrongAlgorithm }
        guard let key = keys[unverified.payload.issuer] else { throw .unknownKey(unverified.payload.issuer) }
        let token: AccessToken
        do {
            token = try await key.keys.verify(bytes, as: AccessToken.self)
        } catch {
            throw .badSignature
        }
        guard let expires = token.expires else { throw .neverExpires }
        guard now < expires.addingTimeInterval(leeway) else { throw .expired }
        if let notBefore = token.notBefore, now < notBefore.addingTimeInterval(-leeway) { throw .notYetValid }
        return token
    }
}
