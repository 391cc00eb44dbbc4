/// A live room.
package struct NetworkRoom: Sendable, Equatable {
    /// A room that DeleteRoom cannot find although it is there.
    package enum Undeletable: Sendable {
        /// RemoveParticipant, or CreateRoom and then DeleteRoom, still work.
        case freeable
        /// Nothing works: the call ends by its longest duration only.
        case stubborn
    }

    package let name: String
    package let sid: String
    package var metadata = ""
    /// Milliseconds; how long the room waits for a first participant that is no agent.
    package var emptyTimeout: Int64 = 300_000
    /// Milliseconds; how long it stays after the last participant that is no agent has left.
    package var departureTimeout: Int64 = 20_000
    package var maxParticipants: UInt32 = 0
    /// Milliseconds since 1970.
    package let createdAt: Int64
    /// In the order of joining.
    package var participants: [Participant] = []
    package var dispatches: [Dispatch] = []
    package var undeletable: Undeletable?
    /// When the last participant that is no agent left, once one has been here.
    package var lastLeftAt: Int64?
    package var hadParticipant = false
    /// The count that ListRooms shows, and when it was taken.
    package var listedCount = 0
    package var countedAt: Int64
    /// The deadline for which a timer stands already.
    package var reapTimer: Int64?

    package init(name: String, sid: String, createdAt: Int64) {
        self.name = name
        self.sid = sid
        self.createdAt = createdAt
        countedAt = createdAt
    }

    /// How many there are besides agents, at this moment.
    package var count: Int { participants.reduce(0) { $0 + ($1.isDependent ? 0 : 1) } }

    /// When the room closes by itself if nobody comes; LiveKit looks once a second.
    package var closesAt: Int64? {
        guard hadParticipant else { return createdAt + emptyTimeout }
        guard let lastLeftAt, count == 0 else { return nil }
        let age = lastLeftAt + departureTimeout - createdAt
        return createdAt + (age + 999) / 1_000 * 1_000
    }
}

/// An order for an agent to come into a room.
package struct Dispatch: Sendable, Equatable {
    /// The agent's acceptance.
    ///
    /// LiveKit never updates it afterwards.
    package struct Job: Sendable, Equatable {
        package let id: String
        package let identity: String
        /// Milliseconds since 1970.
        package let startedAt: Int64
    }

    package let id: String
    package let agentName: String
    package let metadata: String
    package let attributes: [String: String]
    /// Milliseconds since 1970.
    package let createdAt: Int64
    package var job: Job?
}
