import LiveKit

/// What CreateRoom asks for; zero means the server's default.
package struct RoomRequest: Sendable, Equatable {
    package var name: String
    /// Seconds.
    package var emptyTimeout: UInt32 = 0
    /// Seconds.
    package var departureTimeout: UInt32 = 0
    package var maxParticipants: UInt32 = 0
    package var metadata = ""
    package var agents: [AgentRequest] = []

    package init(name: String) {
        self.name = name
    }
}

extension Network {
    // MARK: Requests

    /// Gets or creates: a live room comes back as it is, whatever was asked.
    package mutating func createRoom(_ request: RoomRequest) throws(Refusal) -> NetworkRoom {
        guard request.name.utf8.count <= 256 else {
            throw Refusal(.invalidArgument, "room name is longer than 256 bytes")
        }
        if let room = rooms[request.name] {
            switch room.undeletable {
            case nil: return room
            case .freeable:
                rooms[request.name]?.undeletable = nil
                return rooms[request.name] ?? room
            // The new room takes the name; what stood under it is out of everyone's reach from now on.
            case .stubborn: rooms[request.name] = nil
            }
        }
        return openRoom(request)
    }

    /// The rooms of these names, or all; the count of participants is up to five seconds old.
    package mutating func listRooms(_ names: [String] = []) -> [NetworkRoom] {
        // In an order that is the same at every run.
        let wanted = names.isEmpty ? rooms.keys.sorted() : names
        var seen = Set<String>()
        return wanted.compactMap { name in
            guard seen.insert(name).inserted, let room = rooms[name] else { return nil }
            if now - room.countedAt >= 5_000 {
                rooms[name]?.countedAt = now
                rooms[name]?.listedCount = room.undeletable == nil ? room.count : 0
            }
            return rooms[name]
        }
    }

    package mutating func deleteRoom(_ name: String) throws(Refusal) {
        guard let room = rooms[name] else { throw .noSuchRoom }
        guard room.undeletable == nil else { throw .noObject }
        closeRoom(name, .roomDeleted)
    }

    package mutating func updateMetadata(_ name: String, _ metadata: String) throws(Refusal) -> NetworkRoom {
        guard rooms[name] != nil else { throw .noSuchRoom }
        rooms[name]?.metadata = metadata
        guard let room = rooms[name] else { throw .noSuchRoom }
        return room
    }

    package func participants(of name: String) -> [Participant] { rooms[name]?.participants ?? [] }

    package func participant(_ identity: String, of name: String) throws(Refusal) -> Participant {
        guard let participant = rooms[name]?.participants.first(where: { $0.identity == identity }) else {
            throw .noSuchParticipant
        }
        return participant
    }

    package mutating func removeParticipant(_ identity: String, of name: String) throws(Refusal) {
        let participant = try participant(identity, of: name)
        switch rooms[name]?.undeletable {
        case .stubborn: throw .noSuchParticipant
        case .freeable: rooms[name]?.undeletable = nil
        case nil: break
        }
        expel(participant.sid, from: name, .participantRemoved)
    }

    // MARK: Rooms coming and going

    @discardableResult
    mutating func openRoom(_ request: RoomRequest) -> NetworkRoom {
        var room = NetworkRoom(name: request.name, sid: id("RM_"), createdAt: now)
        room.metadata = request.metadata
        room.maxParticipants = request.maxParticipants
        if request.emptyTimeout > 0 { room.emptyTimeout = Int64(request.emptyTimeout) * 1_000 }
        if request.departureTimeout > 0 { room.departureTimeout = Int64(request.departureTimeout) * 1_000 }
        rooms[request.name] = room
        tell(.roomStarted, room)
        // Without agents an order without a name is made, for workers that registered without one. Ours have names.
        for agent in request.agents.isEmpty ? [AgentRequest()] : request.agents {
            addDispatch(agent, to: request.name)
        }
        watchForClosing(request.name)
        return rooms[request.name] ?? room
    }

    mutating func closeRoom(_ name: String, _ departure: Departure) {
        guard let room = rooms[name] else { return }
        for participant in room.participants {
            expel(participant.sid, from: name, departure)
        }
        if let emptied = rooms.removeValue(forKey: name) { tell(.roomFinished, emptied) }
    }

    mutating func closeIfEmpty(_ name: String, sid: String) {
        guard let room = rooms[name], room.sid == sid else { return }
        rooms[name]?.reapTimer = nil
        if let deadline = room.closesAt, deadline <= now {
            closeRoom(name, .roomClosed)
        } else {
            watchForClosing(name)
        }
    }

    /// Sees to a timer for the moment at which the room closes if nothing changes.
    private mutating func watchForClosing(_ name: String) {
        guard let room = rooms[name], let deadline = room.closesAt else { return }
        if let standing = room.reapTimer, standing <= deadline { return }
        rooms[name]?.reapTimer = deadline
        schedule(.closeIfEmpty(room: name, sid: room.sid), at: deadline)
    }

    // MARK: Participants coming and going

    mutating func admit(_ participant: Participant, to name: String) {
        if let old = rooms[name]?.participants.first(where: { $0.identity == participant.identity }) {
            expel(old.sid, from: name, .duplicateIdentity)
        }
        rooms[name]?.participants.append(participant)
        if !participant.isDependent {
            rooms[name]?.hadParticipant = true
            rooms[name]?.lastLeftAt = nil
        }
    }

    mutating func change(_ participantSID: String, in name: String, _ change: (inout Participant) -> Void) {
        guard let place = rooms[name]?.participants.firstIndex(where: { $0.sid == participantSID }) else { return }
        guard var participant = rooms[name]?.participants[place] else { return }
        change(&participant)
        rooms[name]?.participants[place] = participant
    }

    /// A participant becomes active, which a webhook tells as having joined.
    mutating func activate(_ participantSID: String, in name: String) {
        change(participantSID, in: name) { $0.state = .active }
        guard let room = rooms[name],
            let participant = room.participants.first(where: { $0.sid == participantSID })
        else { return }
        tell(.participantJoined, room, participant)
        if participant.trackSID != nil { tell(.trackPublished, room, participant) }
    }

    /// Takes a participant out of a room; nil when it is not there.
    @discardableResult
    mutating func takeOut(_ participantSID: String, of name: String, _ departure: Departure) -> Participant? {
        guard let place = rooms[name]?.participants.firstIndex(where: { $0.sid == participantSID }),
            var participant = rooms[name]?.participants.remove(at: place), let room = rooms[name]
        else { return nil }
        let wasActive = participant.state == .active
        if wasActive, participant.trackSID != nil { tell(.trackUnpublished, room, participant) }
        participant.state = .disconnected
        participant.departure = departure
        tell(wasActive ? .participantLeft : .participantConnectionAborted, room, participant)
        if !participant.isDependent {
            rooms[name]?.lastLeftAt = now
            watchForClosing(name)
        }
        return participant
    }

    /// Takes a participant out of a room from outside, which ends the phone call behind it.
    mutating func expel(_ participantSID: String, from name: String, _ departure: Departure) {
        if let leg = takeOut(participantSID, of: name, departure)?.leg { thrownOut(leg) }
    }
}
