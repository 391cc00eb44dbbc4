extension DialFailure {
    /// The one reading of a final SIP answer, whoever brings it.
    package static func answered(sip code: Int) -> DialFailure {
        switch code {
        case 486, 600: DialFailure(status: .busy, sipStatusCode: code)
        case 480, 408, 504: DialFailure(status: .noAnswer, sipStatusCode: code)
        case 603, 403: DialFailure(status: .failed, reason: .declined, sipStatusCode: code)
        case 404, 410: DialFailure(status: .failed, reason: .invalidNumber, sipStatusCode: code)
        default: DialFailure(status: .failed, reason: .trunkFailed, sipStatusCode: code)
        }
    }

    /// The ringing time-out, which LiveKit tells without a SIP answer.
    package static let notAnswered = DialFailure(status: .noAnswer)
}

extension Departure {
    /// How a call ends whose phone left while nobody waited for the dial's own return.
    ///
    /// LiveKit says USER_REJECTED for busy and declined alike; we take the one that will not be dialled again.
    package var ending: (status: CallStatus, reason: FailureReason?) {
        if wasAnswered { return (.completed, nil) }
        switch reason {
        case .userRejected: return (.failed, .declined)
        case .userUnavailable: return (.noAnswer, nil)
        case .clientInitiated, .trunkFailure: return (.failed, .trunkFailed)
        case .roomDeleted, .participantRemoved, .roomClosed, .unknown: return (.failed, .lost)
        }
    }

    /// Somebody else took the phone out of its room, or the room away.
    var isByOthers: Bool {
        switch reason {
        case .roomDeleted, .participantRemoved: true
        case .clientInitiated, .userRejected, .userUnavailable, .trunkFailure, .roomClosed, .unknown: false
        }
    }

    /// LiveKit itself says that nobody answered; every other way to leave may have been seen too late to tell.
    package var isCertain: Bool {
        switch reason {
        case .userUnavailable, .trunkFailure: !wasAnswered
        case .clientInitiated, .userRejected, .roomDeleted, .participantRemoved, .roomClosed, .unknown: false
        }
    }
}
