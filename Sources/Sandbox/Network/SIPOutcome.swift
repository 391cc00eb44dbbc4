package import LiveKit

/// A final status by which a called phone or its trunk refuses, and what LiveKit makes of it.
package struct SIPOutcome: Sendable, Equatable {
    package let status: Int
    package let reason: String

    package static let busy = SIPOutcome(status: 486, reason: "Busy Here")
    package static let declined = SIPOutcome(status: 603, reason: "Decline")
    package static let trunkFailure = SIPOutcome(status: 503, reason: "Service Unavailable")
    package static let noSuchNumber = SIPOutcome(status: 404, reason: "Not Found")
    /// A phone that gave up ringing.
    package static let gaveUp = SIPOutcome(status: 480, reason: "Temporarily Unavailable")

    /// The code of the waiting dial's error, as measured.
    package var code: TwirpError.Code {
        switch status {
        case 480, 486, 600: .resourceExhausted
        case 403, 603: .permissionDenied
        case 404, 410: .notFound
        case 408, 504: .deadlineExceeded
        default: .failedPrecondition
        }
    }

    /// The reason in the participant's departure.
    ///
    /// A broken trunk looks like a callee who hung up.
    package var departure: Departure {
        switch status {
        case 404, 408, 480: .userUnavailable
        case 500...599: .clientInitiated
        default: .userRejected
        }
    }
}
