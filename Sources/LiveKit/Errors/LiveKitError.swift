/// Why a request to LiveKit has no result.
///
/// Descriptions carry no token and no secret. The cases differ in what may have happened at the other end, because a
/// dial that may have left must not be sent again.
package enum LiveKitError: Error, Sendable, Hashable {
    /// LiveKit got the request and answered with an error of its own.
    case answered(TwirpError)
    /// An answer in other words than Twirp's: LiveKit's refusal of a token, or something that stands before LiveKit.
    case refused(status: Int, text: String)
    /// The request certainly did not leave: no connection, or none in time.
    case unreachable(String)
    /// The request may have left, and what became of it is not known: timed out, reset, cancelled.
    case interrupted(String)
    /// An answer that does not say what an answer should: the outcome is not known either.
    case malformed(String)

    /// Whether LiveKit cannot have seen the request.
    package var certainlyNotSent: Bool {
        if case .unreachable = self { true } else { false }
    }

    /// Twirp's code: LiveKit's own, or the one that the official clients make of a foreign answer's HTTP status.
    package var code: TwirpError.Code? {
        switch self {
        case .answered(let error): error.code
        case .refused(let status, _): Self.code(ofForeign: status)
        case .unreachable, .interrupted, .malformed: nil
        }
    }

    private static func code(ofForeign status: Int) -> TwirpError.Code {
        switch status {
        case 300..<400, 400: .internal
        case 401: .unauthenticated
        case 403: .permissionDenied
        case 404: .badRoute
        case 429: .resourceExhausted
        case 502, 503, 504: .unavailable
        default: .unknown
        }
    }
}

extension LiveKitError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .answered(let error): error.description
        case .refused(let status, let text): "refused with HTTP \(status): \(text)"
        case .unreachable(let why): "not sent: \(why)"
        case .interrupted(let why): "outcome unknown: \(why)"
        case .malformed(let why): "unreadable answer: \(why)"
        }
    }
}
