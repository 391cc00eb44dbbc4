/// Why a webhook was not believed.
package enum WebhookRefusal: Error, Sendable, Hashable {
    /// No Authorization header.
    case missingToken
    /// The token is not good.
    case token(AccessTokenError)
    /// The token does not say which body it was made for.
    case unsignedBody
    /// The token was made for another body.
    case otherBody
    /// Signed well, yet not an event in JSON.
    case malformedEvent
}
