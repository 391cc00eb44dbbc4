/// What can happen to a call.
///
/// Everything, whether from a client, a dial, a poll or a webhook, comes in by one of these.
package enum CallEvent: Sendable, Equatable {
    /// A customer wants it to stop.
    case cancel(Cancellation)
    /// It is due and there is room for one more live call; the attempt is to use this room.
    case lineFree(RoomName)
    /// It is more than the allowed lateness past due.
    case overdue
    /// The voice agent did not join in time.
    case agentUnavailable
    /// The dial is about to leave: may it? Its server-side end plus two seconds is `deadline`.
    case sendDial(deadline: Moment, LiveKitIDs)
    /// What was about to leave did not, and will not: whoever had it in hand came too late for its deadline.
    case unsent
    /// The phone's participant is in the room (which says nothing about ringing).
    case joined(LiveKitIDs)
    /// `sip.callStatus` says ringing.
    case ringing
    /// Somebody answered: `dialReturned` when the waiting dial says so, else a poll saw it.
    case answered(LiveKitIDs, dialReturned: Bool)
    /// The dial returned without an answer, or could certainly not be made.
    case failed(DialFailure)
    /// The dial's outcome is unknown (time-out, connection lost, our crash): assume that it rings.
    case dialLost
    /// The dial's deadline has passed, and LiveKit shows no phone.
    case deadlinePassed
    /// The phone's participant was in the room and is gone: that the room is gone proves nothing of a phone that has not joined.
    case left(Departure)
    /// The voice agent is not in the room any more.
    case agentLeft
    /// The voice agent is in the room (again).
    case agentPresent
    /// The agent has been away for longer than it may.
    case agentGone
}

/// Why a dial failed, already in our words.
package struct DialFailure: Sendable, Equatable {
    /// `failed`, `busy` or `no_answer`.
    package let status: CallStatus
    package let reason: FailureReason?
    package let sipStatusCode: Int?
    /// Whatever the call's plan says, there is no attempt after this one.
    package let isLast: Bool

    package init(status: CallStatus, reason: FailureReason? = nil, sipStatusCode: Int? = nil, isLast: Bool = false) {
        self.status = status
        self.reason = reason
        self.sipStatusCode = sipStatusCode
        self.isLast = isLast
    }

    package static let `internal` = DialFailure(status: .failed, reason: .internal)
}

/// How a phone left its room, as LiveKit's `disconnectReason` and its last `sip.callStatus` tell it.
package struct Departure: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable {
        case clientInitiated, userRejected, userUnavailable, trunkFailure, roomDeleted, participantRemoved, roomClosed
        /// The participant is missing, and nothing tells why.
        case unknown
    }

    package let reason: Reason
    /// The last known status of the leg was `active` or `hangup`: somebody had answered.
    package let wasAnswered: Bool

    package init(reason: Reason, wasAnswered: Bool) {
        self.reason = reason
        self.wasAnswered = wasAnswered
    }
}
