/// One phone call, from the accepted dial to the end of everything that its phone heard.
package struct Leg: Sendable, Equatable {
    package enum Stage: Sendable {
        /// The dial was accepted; nobody is in the room yet. Goes to `joined`, or to `over` when the dial ends before.
        case accepted
        /// In the room, before the INVITE. Ends in `invited`, or in `over` when it is thrown out of the room.
        case joined
        /// The phone has the INVITE and has said nothing yet.
        case invited
        case ringing
        case talking
        case over
    }

    package let id: Int
    package let dial: DialRequest
    package let identity: String
    package let sipCallID: String
    package let script: PhoneScript
    package var stage = Stage.accepted

    // Milliseconds since 1970.
    package let acceptedAt: Int64
    package var joinedAt: Int64?
    package var inviteAt: Int64?
    package var ringingAt: Int64?
    package var answeredAt: Int64?
    /// When the phone heard a CANCEL.
    ///
    /// A lost one is not heard.
    package var cancelAt: Int64?
    package var byeAt: Int64?

    /// The room that stood under the dial's room name when the dial was accepted.
    let roomSIDAtDial: String?
    /// The room and the participant that this leg became.
    var roomSID: String?
    var participantSID: String?
    /// Whether the dial waits for its answer still.
    var owesReply = true
    /// LiveKit has given this leg up: it sends a CANCEL or a BYE, or has sent it, and listens no more.
    var isGivenUp = false

    /// Rings or talks.
    package var isUp: Bool { stage == .ringing || stage == .talking }
}

/// What CreateSIPParticipant asks for.
package struct DialRequest: Sendable, Equatable {
    package var trunkID: String
    package var number: String
    package var roomName: String
    package var identity = ""
    package var name = ""
    package var metadata = ""
    package var attributes: [String: String] = [:]
    /// Milliseconds; nil leaves it to the server.
    package var ringingTimeout: Int64?
    /// Milliseconds from the dial; nil leaves it to the server.
    package var maxCallDuration: Int64?
    package var waitsForAnswer = true
    package var hidesNumber = false
    /// Milliseconds that the caller allowed the server (X-Twirp-Timeout-Ms).
    package var timeout: Int64?

    package init(trunkID: String, number: String, roomName: String) {
        self.trunkID = trunkID
        self.number = number
        self.roomName = roomName
    }
}

/// How a dial is answered.
package enum DialReply: Sendable, Equatable {
    case placed(participantSID: String, identity: String, roomName: String, sipCallID: String)
    case refused(Refusal)
}
