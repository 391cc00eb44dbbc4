/// The RPCs of LiveKit that Switchboard calls and its sandbox answers; the raw value is `Service/Method`.
package enum RPC: String, Sendable, CaseIterable {
    case createRoom = "RoomService/CreateRoom"
    case listRooms = "RoomService/ListRooms"
    case deleteRoom = "RoomService/DeleteRoom"
    case listParticipants = "RoomService/ListParticipants"
    case getParticipant = "RoomService/GetParticipant"
    case removeParticipant = "RoomService/RemoveParticipant"
    case createDispatch = "AgentDispatchService/CreateDispatch"
    case listDispatch = "AgentDispatchService/ListDispatch"
    case deleteDispatch = "AgentDispatchService/DeleteDispatch"
    case createSIPParticipant = "SIP/CreateSIPParticipant"
    case listSIPOutboundTrunk = "SIP/ListSIPOutboundTrunk"
    case createSIPOutboundTrunk = "SIP/CreateSIPOutboundTrunk"
    case getSIPOutboundTrunk = "SIP/GetSIPOutboundTrunk"

    /// Where the RPC is answered, below the server's own address.
    package var path: String { "/twirp/livekit." + rawValue }

    /// The RPC that is answered at a path; `nil` for none of ours.
    package init?(path: String) {
        let prefix = "/twirp/livekit."
        guard path.hasPrefix(prefix) else { return nil }
        self.init(rawValue: String(path.dropFirst(prefix.count)))
    }

    /// What a token must grant for this RPC, and all that ours grants.
    package var grant: Grant {
        switch self {
        case .createRoom, .deleteRoom: .roomCreate
        case .listRooms: .roomList
        case .listParticipants, .getParticipant, .removeParticipant: .roomAdmin
        case .createDispatch, .listDispatch, .deleteDispatch: .roomAdmin
        case .createSIPParticipant: .sipCall
        case .listSIPOutboundTrunk, .createSIPOutboundTrunk, .getSIPOutboundTrunk: .sipAdmin
        }
    }

    /// The one permission that an RPC asks for.
    package enum Grant: Sendable, Hashable {
        case roomCreate, roomList, sipAdmin, sipCall
        /// For the room of the request only.
        case roomAdmin
    }
}
