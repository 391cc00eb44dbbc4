import Foundation
import LiveKit

/// An order for an agent.
package struct AgentRequest: Sendable, Equatable {
    /// Empty: for workers without a name, of which there are none here.
    package var agentName = ""
    package var metadata = ""
    package var attributes: [String: String] = [:]

    package init() {}
}

/// An agent on its way to a room, which it enters even when the room has gone meanwhile.
struct ComingAgent: Sendable {
    let room: String
    let agentName: String
    let metadata: String
}

extension Network {
    // MARK: Requests

    package mutating func createDispatch(_ agent: AgentRequest, room: String) throws(Refusal) -> Dispatch {
        guard !room.isEmpty else { throw Refusal(.invalidArgument, "room is required") }
        if rooms[room] == nil {
            guard settings.autoCreate else { throw .nobodyListens }
            openRoom(RoomRequest(name: room))
        }
        return addDispatch(agent, to: room)
    }

    /// The dispatches of a room, or the one of this id.
    package func dispatches(of name: String, id: String = "") throws(Refusal) -> [Dispatch] {
        guard let room = rooms[name] else { throw .nobodyListens }
        return id.isEmpty ? room.dispatches : room.dispatches.filter { $0.id == id }
    }

    /// Takes an order back; the agent that came for it leaves a moment later.
    package mutating func deleteDispatch(_ id: String, room name: String) throws(Refusal) -> Dispatch {
        guard let room = rooms[name] else { throw .nobodyListens }
        guard let place = room.dispatches.firstIndex(where: { $0.id == id }) else { throw .noSuchDispatch }
        rooms[name]?.dispatches.remove(at: place)
        comingAgents[id] = nil
        for participant in room.participants where participant.dispatch == id {
            schedule(.agentLeaves(room: name, participantSID: participant.sid), at: now + 5)
        }
        return room.dispatches[place]
    }

    // MARK: Agents

    @discardableResult
    mutating func addDispatch(_ agent: AgentRequest, to room: String) -> Dispatch {
        let dispatch = Dispatch(
            id: id("AD_"), agentName: agent.agentName, metadata: agent.metadata, attributes: agent.attributes,
            createdAt: now)
        rooms[room]?.dispatches.append(dispatch)
        if !agent.agentName.isEmpty, !Self.keepsAgentAway(agent.metadata) {
            comingAgents[dispatch.id] = ComingAgent(room: room, agentName: agent.agentName, metadata: agent.metadata)
            schedule(.agentJoins(dispatch.id), at: now + settings.agentDelay)
        }
        return dispatch
    }

    /// The agent comes in.
    ///
    /// A worker that has its job and its token comes also when the room was deleted meanwhile.
    mutating func agentJoins(_ dispatch: String) {
        guard let coming = comingAgents.removeValue(forKey: dispatch) else { return }
        if rooms[coming.room] == nil {
            guard settings.autoCreate else { return }
            openRoom(RoomRequest(name: coming.room))
        }
        let jobID = id("AJ_")
        let job = Dispatch.Job(id: jobID, identity: "agent-\(jobID)", startedAt: now)
        if let place = rooms[coming.room]?.dispatches.firstIndex(where: { $0.id == dispatch }) {
            rooms[coming.room]?.dispatches[place].job = job
        }
        var agent = Participant(sid: id("PA_"), identity: job.identity, kind: .agent, joinedAt: now)
        agent.dispatch = dispatch
        agent.attributes = ["lk.agent.name": coming.agentName, "lk.agent.state": "listening"]
        admit(agent, to: coming.room)
        activate(agent.sid, in: coming.room)
    }

    mutating func agentLeaves(_ room: String, participantSID: String) {
        takeOut(participantSID, of: room, .clientInitiated)
    }

    /// An agent that ends the call does it by deleting the room.
    mutating func agentHangsUp(_ id: Int) {
        guard let leg = legs[id], leg.stage == .talking, let room = rooms[leg.dial.roomName],
            room.sid == leg.roomSID, room.undeletable == nil,
            room.participants.contains(where: { $0.kind == .agent })
        else { return }
        closeRoom(room.name, .roomDeleted)
    }

    private static func keepsAgentAway(_ metadata: String) -> Bool {
        struct Metadata: Decodable {
            let phoneNumber: String
        }
        guard let read = try? JSONDecoder().decode(Metadata.self, from: Data(metadata.utf8)) else { return false }
        return PhoneScript.keepsAgentAway(read.phoneNumber)
    }
}
