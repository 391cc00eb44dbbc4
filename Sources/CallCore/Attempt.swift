/// One dial of a call, with the room that was made for it: what is known while it lasts and what is kept afterwards.
package struct Attempt: Sendable, Equatable {
    /// Counts from 1.
    package let number: Int
    package let room: RoomName
    package let startedAt: Moment
    package var status: CallStatus
    package var dial: Dial
    package var ringingAt: Moment?
    package var answeredAt: Moment?
    package var endedAt: Moment?
    package var sipStatusCode: Int?
    package var failureReason: FailureReason?
    package var livekit: LiveKitIDs
    /// The phone was seen leaving while the dial was still out; the dial's own return then decides.
    package var departure: Departure?
    /// Since when the voice agent has been away from the room, or nil while it is there (or was never asked for).
    package var agentGoneSince: Moment?

    package init(number: Int, room: RoomName, startedAt: Moment) {
        self.number = number
        self.room = room
        self.startedAt = startedAt
        status = .connecting
        dial = .planned
        livekit = LiveKitIDs()
    }
}

extension Attempt {
    /// How a hang-up must take the dial: once the phone was seen in the room, there is no join left to wait for.
    package var dialForHangUp: Dial {
        let wasSeen = livekit.participant != nil || ringingAt != nil || answeredAt != nil
        return wasSeen ? dial.afterReturn : dial
    }
}

/// Where the one CreateSIPParticipant of an attempt is.
///
/// It decides how a hang-up must go about it.
package enum Dial: Sendable, Equatable {
    /// Nothing was dialled: a hang-up deletes the room at once. → out
    case planned
    /// The request may have left and nobody saw it return. Never sent again by anyone. A hang-up waits for the phone's join, the
    /// return, or the deadline (sent + X-Twirp-Timeout-Ms + 2 s), whichever comes first. → lost, returned
    case out(sent: Moment, deadline: Moment)
    /// As `out`, but nobody waits for the return any more (time-out, connection lost, our own crash). → returned
    case lost(sent: Moment, deadline: Moment)
    /// LiveKit answered the dial, or it can no longer: nothing is in flight.
    case returned(sent: Moment)

    /// When the dial was sent; nil while it is only planned.
    package var sentAt: Moment? {
        switch self {
        case .planned: nil
        case .out(let sent, _), .lost(let sent, _), .returned(let sent): sent
        }
    }

    /// Until when a phone may still join because of this dial; nil where none can.
    package var inFlightUntil: Moment? {
        switch self {
        case .planned, .returned: nil
        case .out(_, let deadline), .lost(_, let deadline): deadline
        }
    }

    var afterReturn: Dial { sentAt.map { .returned(sent: $0) } ?? self }
}

/// LiveKit's own names for the parts of an attempt, as they become known.
package struct LiveKitIDs: Sendable, Equatable {
    package var room: String?
    package var dispatch: String?
    package var job: String?
    package var participant: String?
    package var sipCall: String?
    /// The carrier's id of the call, where the trunk tells it (`sip.twilio.callSid`).
    package var carrierCall: String?

    package init(
        room: String? = nil, dispatch: String? = nil, job: String? = nil, participant: String? = nil,
        sipCall: String? = nil, carrierCall: String? = nil
    ) {
        self.room = room
        self.dispatch = dispatch
        self.job = job
        self.participant = participant
        self.sipCall = sipCall
        self.carrierCall = carrierCall
    }

    /// These ids, with what `newer` knows put over them.
    package func merging(_ newer: LiveKitIDs) -> LiveKitIDs {
        LiveKitIDs(
            room: newer.room ?? room, dispatch: newer.dispatch ?? dispatch, job: newer.job ?? job,
            participant: newer.participant ?? participant, sipCall: newer.sipCall ?? sipCall,
            carrierCall: newer.carrierCall ?? carrierCall)
    }
}
