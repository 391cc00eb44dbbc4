/// The `video` claim: what a token allows with rooms; what is missing is not granted.
package struct VideoGrant: Sendable, Hashable {
    /// Create and delete any room.
    package var roomCreate = false
    package var roomList = false
    /// Look after `room`.
    package var roomAdmin = false
    package var roomJoin = false
    package var roomRecord = false
    /// Register as a worker.
    package var agent = false
    /// The room that `roomAdmin` and `roomJoin` speak of.
    package var room: String?

    package init(
        roomCreate: Bool = false, roomList: Bool = false, roomAdmin: Bool = false, roomJoin: Bool = false,
        roomRecord: Bool = false, agent: Bool = false, room: String? = nil
    ) {
        self.roomCreate = roomCreate
        self.roomList = roomList
        self.roomAdmin = roomAdmin
        self.roomJoin = roomJoin
        self.roomRecord = roomRecord
        self.agent = agent
        self.room = room
    }
}

/// The `sip` claim: what a token allows with phones.
package struct SIPGrant: Sendable, Hashable {
    /// Look after trunks.
    package var admin = false
    /// Dial.
    package var call = false

    package init(admin: Bool = false, call: Bool = false) {
        self.admin = admin
        self.call = call
    }
}

extension VideoGrant: Codable {
    enum CodingKeys: CodingKey { case roomCreate, roomList, roomAdmin, roomJoin, roomRecord, agent, room }

    package init(from decoder: any Decoder) throws {
        let claims = try decoder.container(keyedBy: CodingKeys.self)
        func granted(_ key: CodingKeys) throws -> Bool { try claims.decodeIfPresent(Bool.self, forKey: key) ?? false }
        roomCreate = try granted(.roomCreate)
        roomList = try granted(.roomList)
        roomAdmin = try granted(.roomAdmin)
        roomJoin = try granted(.roomJoin)
        roomRecord = try granted(.roomRecord)
        agent = try granted(.agent)
        room = try claims.decodeIfPresent(String.self, forKey: .room)
    }

    /// What is not granted is left out, as the official clients do.
    package func encode(to encoder: any Encoder) throws {
        var claims = encoder.container(keyedBy: CodingKeys.self)
        func write(_ granted: Bool, _ key: CodingKeys) throws { if granted { try claims.encode(true, forKey: key) } }
        try write(roomCreate, .roomCreate)
        try write(roomList, .roomList)
        try write(roomAdmin, .roomAdmin)
        try write(roomJoin, .roomJoin)
        try write(roomRecord, .roomRecord)
        try write(agent, .agent)
        try claims.encodeIfPresent(room, forKey: .room)
    }
}

extension SIPGrant: Codable {
    enum CodingKeys: CodingKey { case admin, call }

    package init(from decoder: any Decoder) throws {
        let claims = try decoder.container(keyedBy: CodingKeys.self)
        admin = try claims.decodeIfPresent(Bool.self, forKey: .admin) ?? false
        call = try claims.decodeIfPresent(Bool.self, forKey: .call) ?? false
    }

    /// What is not granted is left out, as the official clients do.
    package func encode(to encoder: any Encoder) throws {
        var claims = encoder.container(keyedBy: CodingKeys.self)
        if admin { try claims.encode(true, forKey: .admin) }
        if call { try claims.encode(true, forKey: .call) }
    }
}
