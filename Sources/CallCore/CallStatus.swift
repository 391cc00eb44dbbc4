/// The nine words of the API for where a call or an attempt is.
package enum CallStatus: String, Sendable, CaseIterable {
    case initiated, connecting, ringing, active
    case completed, failed, cancelled
    case noAnswer = "no_answer"
    case busy

    /// Final statuses are never left again; the others can be cancelled.
    package var isFinal: Bool {
        switch self {
        case .initiated, .connecting, .ringing, .active: false
        case .completed, .failed, .cancelled, .noAnswer, .busy: true
        }
    }
}

/// Why a call or an attempt is `failed`.
package enum FailureReason: String, Sendable, CaseIterable {
    /// The voice agent did not join the room in time; nothing was dialled.
    case agentUnavailable = "agent_unavailable"
    /// The called side refused (SIP 603, 403).
    case declined
    /// There is no such number (SIP 404, 410).
    case invalidNumber = "invalid_number"
    /// The trunk or the carrier failed.
    case trunkFailed = "trunk_failed"
    /// The phone disappeared before it was answered, and LiveKit shows no reason.
    case lost
    /// The dial may or may not have left, and LiveKit could not tell until its deadline. Never dialled again on a guess.
    case indeterminate
    /// The call was too late to be dialled.
    case expired
    /// LiveKit or this server could not place the call, for example for want of the trunk.
    case `internal`
}
