import CallCore
import Testing

extension Samples {
    /// A way for an attempt to come to nothing.
    struct End: Sendable, CustomTestStringConvertible {
        /// What a plan makes of it.
        enum Kind: Sendable { case noAnswer, busy, passing, last }

        let name: String
        let way: [CallEvent]
        let event: CallEvent
        let status: CallStatus
        let reason: FailureReason?
        let kind: Kind

        init(
            _ name: String, _ way: [CallEvent], _ event: CallEvent, _ status: CallStatus, _ reason: FailureReason?,
            _ kind: Kind
        ) {
            (self.name, self.way, self.event) = (name, way, event)
            (self.status, self.reason, self.kind) = (status, reason, kind)
        }

        var testDescription: String { name }
    }

    private static let placing: [CallEvent] = [.lineFree(room)]
    private static let dialling = placing + [send]
    private static let ringing = dialling + [.ringing]
    private static let lost = ringing + [.dialLost]

    private static func left(_ reason: Departure.Reason) -> CallEvent {
        .left(Departure(reason: reason, wasAnswered: false))
    }

    /// Every way, with what becomes of it.
    static let ends: [End] = [
        End("placing: overdue", placing, .overdue, .failed, .expired, .last),
        End("placing: agentUnavailable", placing, .agentUnavailable, .failed, .agentUnavailable, .passing),
        End("placing: the room is refused", placing, .failed(.internal), .failed, .internal, .passing),
        End("the dial returns: no answer", ringing, .failed(.notAnswered), .noAnswer, nil, .noAnswer),
        End(
            "the dial returns: no answer, the room was deleted", ringing + [left(.roomDeleted)],
            .failed(.notAnswered), .noAnswer, nil, .last),
        End("the dial returns: SIP 480", ringing, .failed(.answered(sip: 480)), .noAnswer, nil, .noAnswer),
        End("the dial returns: SIP 486", ringing, busy, .busy, nil, .busy),
        End("the dial returns: SIP 503", dialling, .failed(.answered(sip: 503)), .failed, .trunkFailed, .passing),
        End("the dial returns: SIP 603", ringing, .failed(.answered(sip: 603)), .failed, .declined, .last),
        End("the dial returns: SIP 404", dialling, .failed(.answered(sip: 404)), .failed, .invalidNumber, .last),
        End("the dial returns: internal", dialling, .failed(.internal), .failed, .internal, .passing),
        End("the dial is lost: deadlinePassed", lost, .deadlinePassed, .failed, .indeterminate, .last),
        End("the dial is lost: nobody answered", lost, left(.userUnavailable), .noAnswer, nil, .noAnswer),
        End("the dial is lost: the trunk failed", lost, left(.trunkFailure), .failed, .trunkFailed, .passing),
        End("the dial is lost: rejected", lost, left(.userRejected), .failed, .declined, .last),
        End("the dial is lost: hung up", lost, left(.clientInitiated), .failed, .trunkFailed, .last),
        End("the dial is lost: the room was deleted", lost, left(.roomDeleted), .failed, .lost, .last),
        End("the dial is lost: gone", lost, left(.unknown), .failed, .lost, .last),
        End("active: hung up", ringing + [answer], hungUp, .completed, nil, .last),
        End("active: the dial returns busy", ringing + [seenAnswer], busy, .completed, nil, .last),
    ]
}
