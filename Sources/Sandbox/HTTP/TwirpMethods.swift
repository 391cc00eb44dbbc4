import LiveKit
import SwiftProtobuf

/// The methods that the sandbox answers, by `Service/Method`.
struct TwirpMethods: Sendable {
    private let methods: [String: TwirpMethod]

    subscript(name: String) -> TwirpMethod? { methods[name] }

    /// The names that a fault can be ordered for.
    var names: Set<String> { Set(methods.keys.map { String($0.drop { $0 != "/" }.dropFirst()) }) }

    init(network: PhoneNetwork) {
        var methods: [String: TwirpMethod] = [:]
        methods.merge(Self.rooms(network)) { first, _ in first }
        methods.merge(Self.participants(network)) { first, _ in first }
        methods.merge(Self.dispatches(network)) { first, _ in first }
        methods.merge(Self.phones(network)) { first, _ in first }
        self.methods = methods
    }

    private static func rooms(_ network: PhoneNetwork) -> [String: TwirpMethod] {
        [
            RPC.createRoom.rawValue: TwirpMethod(
                .createRoom, .room,
                lie: { (question: LKCreateRoomRequest) in
                    NetworkRoom(name: question.name, sid: "RM_nothing", createdAt: 0).message
                }
            ) { question, _ throws(Refusal) in
                let request = RoomRequest(question)
                return try network.perform { network throws(Refusal) in try network.createRoom(request) }.message
            },
            RPC.listRooms.rawValue: TwirpMethod(.listRooms, .message(["rooms": .list(.room)])) {
                (question: LKListRoomsRequest, _) throws(Refusal) in
                var reply = LKListRoomsResponse()
                reply.rooms = try network.perform { $0.listRooms(question.names) }.map(\.message)
                return reply
            },
            RPC.deleteRoom.rawValue: TwirpMethod(.deleteRoom, .empty) {
                (question: LKDeleteRoomRequest, _) throws(Refusal) in
                try network.perform { network throws(Refusal) in try network.deleteRoom(question.room) }
                return LKDeleteRoomResponse()
            },
            "RoomService/UpdateRoomMetadata": TwirpMethod(
                .getParticipant, .room, room: { (question: UpdateRoomMetadataRequest) in question.room }
            ) { question, _ throws(Refusal) in
                try network.perform { network throws(Refusal) in
                    try network.updateMetadata(question.room, question.metadata)
                }.message
            },
        ]
    }

    private static func participants(_ network: PhoneNetwork) -> [String: TwirpMethod] {
        [
            RPC.listParticipants.rawValue: TwirpMethod(
                .listParticipants, .message(["participants": .list(.participant)]),
                room: { (question: LKListParticipantsRequest) in question.room }
            ) { question, _ in
                var reply = LKListParticipantsResponse()
                reply.participants = network.read { $0.participants(of: question.room) }.map(\.message)
                return reply
            },
            RPC.getParticipant.rawValue: TwirpMethod(
                .getParticipant, .participant, room: { (question: LKRoomParticipantIdentity) in question.room }
            ) { question, _ throws(Refusal) in
                try network.perform { network throws(Refusal) in
                    try network.participant(question.identity, of: question.room)
                }.message
            },
            RPC.removeParticipant.rawValue: TwirpMethod(
                .removeParticipant, .empty, room: { (question: LKRoomParticipantIdentity) in question.room }
            ) { question, _ throws(Refusal) in
                try network.perform { network throws(Refusal) in
                    try network.removeParticipant(question.identity, of: question.room)
                }
                return LKRemoveParticipantResponse()
            },
        ]
    }

    private static func dispatches(_ network: PhoneNetwork) -> [String: TwirpMethod] {
        [
            RPC.createDispatch.rawValue: TwirpMethod(
                .createDispatch, .dispatch, room: { $0.room },
                lie: { (question: LKCreateAgentDispatchRequest) in
                    Dispatch(
                        id: "AD_nothing", agentName: question.agentName, metadata: question.metadata,
                        attributes: question.attributes, createdAt: 0
                    ).message(room: question.room)
                }
            ) { question, _ throws(Refusal) in
                var agent = AgentRequest()
                agent.agentName = question.agentName
                agent.metadata = question.metadata
                agent.attributes = question.attributes
                let request = agent
                return try network.perform { network throws(Refusal) in
                    try network.createDispatch(request, room: question.room)
                }.message(room: question.room)
            },
            RPC.listDispatch.rawValue: TwirpMethod(
                .listDispatch, .message(["agent_dispatches": .list(.dispatch)]),
                room: { (question: LKListAgentDispatchRequest) in question.room }
            ) { question, _ throws(Refusal) in
                var reply = LKListAgentDispatchResponse()
                reply.agentDispatches = try network.perform { network throws(Refusal) in
                    try network.dispatches(of: question.room, id: question.dispatchID)
                }.map { $0.message(room: question.room) }
                return reply
            },
            RPC.deleteDispatch.rawValue: TwirpMethod(
                .deleteDispatch, .dispatch, room: { (question: LKDeleteAgentDispatchRequest) in question.room }
            ) { question, _ throws(Refusal) in
                try network.perform { network throws(Refusal) in
                    try network.deleteDispatch(question.dispatchID, room: question.room)
                }.message(room: question.room)
            },
        ]
    }

    private static func phones(_ network: PhoneNetwork) -> [String: TwirpMethod] {
        [
            RPC.createSIPParticipant.rawValue: TwirpMethod(
                .createSIPParticipant, .call,
                lie: { (question: LKCreateSIPParticipantRequest) in
                    call("PA_nothing", question.participantIdentity, question.roomName, "SCL_nothing")
                }
            ) { question, request throws(Refusal) in
                switch await network.dial(DialRequest(question, timeout: request.timeout)) {
                case .placed(let sid, let identity, let room, let sipCallID):
                    return call(sid, identity, room, sipCallID)
                case .refused(let refusal): throw refusal
                }
            },
            RPC.listSIPOutboundTrunk.rawValue: TwirpMethod(.listSIPOutboundTrunk, .message(["items": .list(.trunk)])) {
                (question: LKListSIPOutboundTrunkRequest, _) in
                var reply = LKListSIPOutboundTrunkResponse()
                if !question.trunkIds.isEmpty {
                    // An id that is not known is an empty item in its place.
                    reply.items = question.trunkIds.map { $0 == SandboxTrunk.id ? SandboxTrunk.message : .init() }
                } else if question.numbers.isEmpty || question.numbers.contains(SandboxTrunk.number) {
                    reply.items = [SandboxTrunk.message]
                }
                return reply
            },
            RPC.getSIPOutboundTrunk.rawValue: TwirpMethod(.getSIPOutboundTrunk, .message(["trunk": .trunk])) {
                (question: LKGetSIPOutboundTrunkRequest, _) throws(Refusal) in
                guard question.sipTrunkID == SandboxTrunk.id else { throw .noSuchTrunk }
                var reply = LKGetSIPOutboundTrunkResponse()
                reply.trunk = SandboxTrunk.message
                return reply
            },
        ]
    }

    private static func call(_ sid: String, _ identity: String, _ room: String, _ sipCallID: String)
        -> LKSIPParticipantInfo
    {
        var reply = LKSIPParticipantInfo()
        reply.participantID = sid
        reply.participantIdentity = identity
        reply.roomName = room
        reply.sipCallID = sipCallID
        return reply
    }
}
