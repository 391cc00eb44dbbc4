/// Why a token was not accepted, or not made.
///
/// No case carries the token or the key's secret.
package enum AccessTokenError: Error, Sendable, Hashable {
    /// Not a JWT with readable claims.
    case malformed
    /// Signed by something else than HS256, or by nothing.
    case wrongAlgorithm
    /// No key of this name is known here.
    case unknownKey(String)
    case badSignature
    /// Without `exp`.
    case neverExpires
    case expired
    case notYetValid
    /// The claims could not be written or signed.
    case unsignable
}
