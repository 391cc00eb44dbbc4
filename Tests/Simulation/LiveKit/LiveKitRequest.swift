import LiveKit
import Sandbox
import SwiftProtobuf

/// A request to LiveKit as the network takes it.
enum LiveKitRequest: Sendable {
    case createRoom(LKCreateRoomRequest)
    case listRooms(LKListRoomsRequest)
    case deleteRoom(String)
    case listParticipants(String)
    case getParticipant(LKRoomParticipantIdentity)
    case removeParticipant(LKRoomParticipantIdentity)
    case createDispatch(LKCreateAgentDispatchRequest)
    case listDispatch(String)
    case dial(LKCreateSIPParticipantRequest)

    init?(_ rpc: RPC, _ message: some Message) {
        switch (rpc, message) {
        case (.createRoom, let message as LKCreateRoomRequest): self = .createRoom(message)
        case (.listRooms, let message as LKListRoomsRequest): self = .listRooms(message)
        case (.deleteRoom, let message as LKDeleteRoomRequest): self = .deleteRoom(message.room)
        case (.listParticipants, let message as LKListParticipantsRequest): self = .listParticipants(message.room)
        case (.getParticipant, let message as LKRoomParticipantIdentity): self = .getParticipant(message)
        case (.removeParticipant, let message as LKRoomParticipantIdentity): self = .removeParticipant(message)
        case (.createDispatch, let message as LKCreateAgentDispatchRequest): self = .createDispatch(message)
        case (.listDispatch, let message as LKListAgentDispatchRequest): self = .listDispatch(message.room)
        case (.createSIPParticipant, let message as LKCreateSIPParticipantRequest): self = .dial(message)
        default: return nil
        }
    }

    enum Method: CaseIterable, Sendable {
        case createRoom, listRooms, deleteRoom, listParticipants, getParticipant, removeParticipant, createDispatch
        case listDispatch, dial
    }

    var method: Method {
        switch self {
        case .createRoom: .createRoom
        case .listRooms: .listRooms
        case .deleteRoom: .deleteRoom
        case .listParticipants: .listParticipants
        case .getParticipant: .getParticipant
        case .removeParticipant: .removeParticipant
        case .createDispatch: .createDispatch
        case .listDispatch: .listDispatch
        case .dial: .dial
        }
    }

    /// The one room that it is about.
    var room: String? {
        switch self {
        case .createRoom(let message): message.name
        case .listRooms(let message): message.names.count == 1 ? message.names.first : nil
        case .deleteRoom(let room), .listParticipants(let room), .listDispatch(let room): room
        case .getParticipant(let message), .removeParticipant(let message): message.room
        case .createDispatch(let message): message.room
        case .dial(let message): message.roomName
        }
    }

    /// It ends what is in the room.
    var hangsUp: Bool {
        switch self {
        case .deleteRoom, .removeParticipant: true
        default: false
        }
    }

    /// It changes something; a question that is answered with a lie cannot be told from a true one by anybody.
    var changes: Bool {
        switch self {
        case .createRoom, .deleteRoom, .removeParticipant, .createDispatch, .dial: true
        case .listRooms, .listParticipants, .getParticipant, .listDispatch: false
        }
    }

    /// What is answered when nothing was done.
    var lie: (any Message)? {
        switch self {
        case .createRoom(let message): NetworkRoom(name: message.name, sid: "RM_nothing", createdAt: 0).message
        case .deleteRoom: LKDeleteRoomResponse()
        case .removeParticipant: LKRemoveParticipantResponse()
        case .createDispatch(let message):
            Self.dispatch("AD_nothing", message)
        case .dial(let message): Self.placed("PA_nothing", message.participantIdentity, message.roomName, "SCL_nothing")
        case .listRooms, .listParticipants, .getParticipant, .listDispatch: nil
        }
    }

    private static func dispatch(_ id: String, _ order: LKCreateAgentDispatchRequest) -> LKAgentDispatch {
        var dispatch = LKAgentDispatch()
        dispatch.id = id
        dispatch.agentName = order.agentName
        dispatch.room = order.room
        return dispatch
    }

    static func placed(_ sid: String, _ identity: String, _ room: String, _ sipCallID: String) -> LKSIPParticipantInfo {
        var reply = LKSIPParticipantInfo()
        reply.participantID = sid
        reply.participantIdentity = identity
        reply.roomName = room
        reply.sipCallID = sipCallID
        return reply
    }
}
