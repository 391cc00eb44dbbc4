/// Where a call is.
///
/// Each phase carries the attempt that is under way while it lasts; past attempts are the call's.
package enum Phase: Sendable, Equatable {
    /// Waits for its due time, or for that of its next attempt, and a free line. → placing, ended
    case waiting
    /// Room and voice agent are being prepared; nothing was dialled. → dialling, waiting (withdrawn, or retried), ended
    case placing(Attempt)
    /// "Dial sent" is on the disk: the phone may ring at any moment, or already does. → ringing, active, ended, waiting (retried),
    /// and placing if it did not leave after all
    case dialling(Attempt)
    /// The phone was heard ringing. → active, ended, waiting (retried)
    case ringing(Attempt)
    /// Somebody answered. → ended
    case active(Attempt)
    /// Over. Final: nothing leads out of it, but a sign of life from its room is an order to hang up again.
    case ended(Ending)

    /// The attempt under way, if any.
    package var attempt: Attempt? {
        switch self {
        case .waiting, .ended: nil
        case .placing(let attempt), .dialling(let attempt), .ringing(let attempt), .active(let attempt): attempt
        }
    }

    /// The word of the API for this phase.
    package var status: CallStatus {
        switch self {
        case .waiting: .initiated
        case .placing, .dialling: .connecting
        case .ringing: .ringing
        case .active: .active
        case .ended(let ending): ending.status
        }
    }
}

/// How a call ended.
///
/// `status` is one of the final ones.
package struct Ending: Sendable, Equatable {
    package let status: CallStatus
    package let at: Moment
    package let failureReason: FailureReason?

    package init(status: CallStatus, at: Moment, failureReason: FailureReason? = nil) {
        self.status = status
        self.at = at
        self.failureReason = failureReason
    }
}
