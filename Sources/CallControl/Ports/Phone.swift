package import CallCore

/// The phone network behind the calls, in our words.
///
/// LiveKit or the sandbox: nothing here can tell.
package protocol Phone: Sendable {
    /// Makes the room and asks for the agent; again for the same order it changes nothing.
    func prepare(_ order: DialOrder, mayBeRepeated: Bool) async throws(PhoneFailure) -> LiveKitIDs
    /// Dials once and waits for the answer, at most until the order's deadline. Never sent again by this method.
    ///
    /// `leaving` is asked when there is a connection for it, right before it goes out; false: it stays, and nothing was sent.
    func dial(_ order: DialOrder, leaving: @escaping @Sendable () -> Bool) async -> DialReturn
    /// The phone's participant in a room.
    func look(_ room: RoomName) async throws(PhoneFailure) -> Sight
    /// One DeleteRoom, not repeated. Never to be sent while the attempt's dial is in flight and has not joined.
    func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion
    /// Takes the phone out of a room that LiveKit cannot delete, which hangs it up; false: LiveKit knows of no phone there.
    func removePhone(_ room: RoomName) async throws(PhoneFailure) -> Bool
    /// Makes a room anew that LiveKit cannot delete, and deletes it.
    ///
    /// A phone that is still in the old one may be out of everybody's reach then, so it is removed first.
    func remakeAndDelete(_ room: RoomName) async throws(PhoneFailure)
    /// Whether both the room and its phone are gone.
    func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool
    /// All rooms whose name begins with `prefix`: one question, however many there are.
    func rooms(prefix: String) async throws(PhoneFailure) -> [ListedRoom]
    /// The phone and the voice agent of a room in one look.
    func survey(_ room: RoomName) async throws(PhoneFailure) -> RoomSurvey
    /// The room as LiveKit shows it at this moment.
    func status(of room: RoomName) async throws(PhoneFailure) -> LiveRoomStatus
}

/// All that one attempt needs to know of its call and its agent.
package struct DialOrder: Sendable, Equatable {
    package let call: Call
    package let attempt: Int
    package let room: RoomName
    package let agentName: String?
    package let trunkID: String
    package let ringingTimeout: Duration
    package let maxCallDuration: Duration

    package init(
        call: Call, attempt: Int, room: RoomName, agentName: String?, trunkID: String, ringingTimeout: Duration,
        maxCallDuration: Duration
    ) {
        self.call = call
        self.attempt = attempt
        self.room = room
        self.agentName = agentName
        self.trunkID = trunkID
        self.ringingTimeout = ringingTimeout
        self.maxCallDuration = maxCallDuration
    }

    /// What LiveKit is given for the whole dial (X-Twirp-Timeout-Ms): the ringing, and 2 s to set it up; 80 s is LiveKit's own end.
    package var serverTimeout: Duration { min(ringingTimeout + .seconds(2), .seconds(80)) }
    /// From sending until nothing of the dial can be in flight any more.
    package var inFlight: Duration { serverTimeout + .seconds(2) }
}

/// How a dial came back.
package enum DialReturn: Sendable, Equatable {
    case answered(LiveKitIDs)
    case failed(DialFailure)
    /// Time-out, connection lost, a server between us and LiveKit: the phone may ring.
    case unknown(String)
}

/// What can be seen of a phone in its room.
package enum Sight: Sendable, Equatable {
    case absent
    case present(Leg, LiveKitIDs)

    /// `sip.callStatus`.
    package enum Leg: Sendable, Equatable { case dialing, ringing, active, hangup }
}

/// A room as LiveKit lists it.
package struct ListedRoom: Sendable, Equatable {
    package let name: RoomName
    /// How many there were besides voice agents, up to 5 s ago.
    package let participants: Int

    package init(name: RoomName, participants: Int) {
        self.name = name
        self.participants = participants
    }
}

/// Who is in a room at this moment; nobody, where there is none.
package struct RoomSurvey: Sendable, Equatable {
    package let phone: Sight
    package let agentIsPresent: Bool

    package init(phone: Sight, agentIsPresent: Bool) {
        self.phone = phone
        self.agentIsPresent = agentIsPresent
    }
}

/// What LiveKit said to a DeleteRoom.
package enum Deletion: Sendable, Equatable {
    case deleted
    /// There was no such room.
    case absent
    /// "could not find object": it will not be deleted this way.
    case undeletable
}

/// Why the phone network could not be asked.
///
/// Details are for the log, and carry no secrets.
package enum PhoneFailure: Error, Sendable, Equatable {
    /// Nobody answered, or not in time; what was asked may have happened.
    case unreachable(String)
    /// The network said no; asking again will not help.
    case refused(String)
}

/// A live room, as `GET /calls/{id}` shows it.
package struct LiveRoomStatus: Sendable, Equatable {
    package struct Participant: Sendable, Equatable {
        package let identity: String
        package let kind: String
        package let state: String
        package let joinedAt: Moment?
        package let attributes: [String: String]

        package init(identity: String, kind: String, state: String, joinedAt: Moment?, attributes: [String: String]) {
            self.identity = identity
            self.kind = kind
            self.state = state
            self.joinedAt = joinedAt
            self.attributes = attributes
        }
    }

    package let roomExists: Bool
    package let participants: [Participant]

    package init(roomExists: Bool, participants: [Participant]) {
        self.roomExists = roomExists
        self.participants = participants
    }
}
