/// Somebody in a room: an AI voice agent or the SIP side of a phone call.
package struct Participant: Sendable, Equatable {
    package enum Kind: Sendable { case sip, agent }

    package enum State: Sendable { case joined, active, disconnected }

    package let sid: String
    package let identity: String
    package let kind: Kind
    package var name = ""
    package var metadata = ""
    package var attributes: [String: String] = [:]
    package var state = State.joined
    /// Milliseconds since 1970.
    package let joinedAt: Int64
    package var departure: Departure?
    /// The phone call of a SIP participant.
    package var leg: Int?
    /// The dispatch that an agent came for.
    package var dispatch: String?
    package var trackSID: String?

    package init(sid: String, identity: String, kind: Kind, joinedAt: Int64) {
        self.sid = sid
        self.identity = identity
        self.kind = kind
        self.joinedAt = joinedAt
    }

    /// Agents neither keep a room open nor count as its participants.
    package var isDependent: Bool { kind == .agent }
}

/// Why somebody left a room.
package enum Departure: Sendable {
    case clientInitiated, duplicateIdentity, participantRemoved, roomDeleted, roomClosed, userUnavailable, userRejected
}
