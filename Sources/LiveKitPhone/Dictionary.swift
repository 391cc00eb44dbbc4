import CallControl
import CallCore
import Foundation
import LiveKit

extension LKParticipantInfo {
    /// The attribute `sip.callStatus` in our words.
    ///
    /// `automation` (tones after the answer) is an answered call.
    var leg: Sight.Leg {
        switch attributes["sip.callStatus"] {
        case "ringing": .ringing
        case "active", "automation": .active
        case "hangup": .hangup
        default: .dialing
        }
    }

    /// A participant that is on its way out is not there any more.
    var sight: Sight { state == .disconnected ? .absent : .present(leg, ids) }

    var ids: LiveKitIDs {
        LiveKitIDs(
            participant: sid.isEmpty ? nil : sid, sipCall: attributes["sip.callID"],
            carrierCall: attributes["sip.twilio.callSid"])
    }

    var departure: Departure {
        let reason: Departure.Reason =
            switch disconnectReason {
            case .clientInitiated: .clientInitiated
            case .userRejected: .userRejected
            case .userUnavailable: .userUnavailable
            case .sipTrunkFailure: .trunkFailure
            case .roomDeleted: .roomDeleted
            case .participantRemoved: .participantRemoved
            case .roomClosed: .roomClosed
            default: .unknown
            }
        return Departure(reason: reason, wasAnswered: leg == .active || leg == .hangup)
    }

    var shown: LiveRoomStatus.Participant {
        let milliseconds = joinedAtMs > 0 ? joinedAtMs : joinedAt * 1000
        return LiveRoomStatus.Participant(
            identity: identity, kind: "\(kind)".uppercased(), state: "\(state)".uppercased(),
            joinedAt: milliseconds > 0 ? Moment(milliseconds: milliseconds) : nil, attributes: attributes)
    }
}

extension PhoneFailure {
    init(_ error: LiveKitError) {
        switch error {
        case .answered(let answer):
            switch answer.code {
            case .unauthenticated, .permissionDenied, .invalidArgument, .malformed, .badRoute, .unimplemented:
                self = .refused("\(error)")
            default: self = .unreachable("\(error)")
            }
        case .refused(let status, _) where status == 401 || status == 403: self = .refused("\(error)")
        case .refused, .unreachable, .interrupted, .malformed: self = .unreachable("\(error)")
        }
    }
}
