/// What the phones heard.
struct PhonesBody: Encodable {
    let legs: [LegBody]
}

/// One phone call as the phone heard it: times in milliseconds since 1970, null for what did not happen.
struct LegBody: Encodable {
    private let leg: Leg

    init(_ leg: Leg) {
        self.leg = leg
    }

    enum CodingKeys: CodingKey {
        case number, roomName, identity, sipCallId, acceptedAt, joinedAt, inviteAt, ringingAt, answeredAt, cancelAt,
            byeAt, up
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(leg.dial.number, forKey: .number)
        try fields.encode(leg.dial.roomName, forKey: .roomName)
        try fields.encode(leg.identity, forKey: .identity)
        try fields.encode(leg.sipCallID, forKey: .sipCallId)
        // `encode`, not `encodeIfPresent`: what did not happen is null.
        try fields.encode(leg.joinedAt, forKey: .joinedAt)
        try fields.encode(leg.acceptedAt, forKey: .acceptedAt)
        try fields.encode(leg.inviteAt, forKey: .inviteAt)
        try fields.encode(leg.ringingAt, forKey: .ringingAt)
        try fields.encode(leg.answeredAt, forKey: .answeredAt)
        try fields.encode(leg.cancelAt, forKey: .cancelAt)
        try fields.encode(leg.byeAt, forKey: .byeAt)
        try fields.encode(leg.isUp, forKey: .up)
    }
}

/// All live rooms with the identities of who is in them.
struct RoomsBody: Encodable {
    struct Room: Encodable {
        let name: String
        let sid: String
        let participants: [String]
    }

    let rooms: [Room]

    init(_ rooms: some Sequence<NetworkRoom>) {
        self.rooms = rooms.sorted { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }.map { room in
            Room(name: room.name, sid: room.sid, participants: room.participants.map(\.identity))
        }
    }
}

/// An order that was carried out.
struct DoneBody: Encodable {
    var ok = true
}

/// An order that was not.
struct ErrorBody: Encodable {
    let error: String
}
