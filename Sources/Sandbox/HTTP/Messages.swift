import Foundation
package import LiveKit
import SwiftProtobuf

extension NetworkRoom {
    /// As lists show it; the count of participants is the listed one.
    package var message: LKRoom {
        var message = LKRoom()
        message.sid = sid
        message.name = name
        message.emptyTimeout = UInt32(clamping: emptyTimeout / 1_000)
        message.departureTimeout = UInt32(clamping: departureTimeout / 1_000)
        message.maxParticipants = maxParticipants
        message.creationTime = createdAt / 1_000
        message.creationTimeMs = createdAt
        message.metadata = metadata
        message.numParticipants = UInt32(clamping: listedCount)
        return message
    }
}

extension Participant {
    package var message: LKParticipantInfo {
        var message = LKParticipantInfo()
        message.sid = sid
        message.identity = identity
        message.name = name
        message.metadata = metadata
        message.attributes = attributes
        message.joinedAt = joinedAt / 1_000
        message.joinedAtMs = joinedAt
        message.kind =
            switch kind {
            case .agent: .agent
            case .sip: .sip
            }
        message.state =
            switch state {
            case .joined: .joined
            case .active: .active
            case .disconnected: .disconnected
            }
        if trackSID != nil, state == .active {
            message.isPublisher = true
            message.tracks = [track]
        }
        if let departure { message.disconnectReason = departure.message }
        return message
    }

    var track: LKTrackInfo {
        var track = LKTrackInfo()
        track.sid = trackSID ?? ""
        track.type = .audio
        track.source = .microphone
        track.mimeType = "audio/opus"
        return track
    }
}

extension Departure {
    fileprivate var message: LKDisconnectReason {
        switch self {
        case .clientInitiated: .clientInitiated
        case .duplicateIdentity: .duplicateIdentity
        case .participantRemoved: .participantRemoved
        case .roomDeleted: .roomDeleted
        case .roomClosed: .roomClosed
        case .userUnavailable: .userUnavailable
        case .userRejected: .userRejected
        }
    }
}

extension Dispatch {
    package func message(room: String) -> LKAgentDispatch {
        var message = LKAgentDispatch()
        message.id = id
        message.agentName = agentName
        message.room = room
        message.metadata = metadata
        message.attributes = attributes
        message.state.createdAt = createdAt * 1_000_000
        guard let job else { return message }
        var taken = LKJob()
        taken.id = job.id
        taken.type = .jtRoom
        taken.dispatchID = id
        taken.agentName = agentName
        taken.metadata = metadata
        taken.room.name = room
        taken.state.status = .jsRunning
        taken.state.startedAt = job.startedAt * 1_000_000
        taken.state.updatedAt = job.startedAt * 1_000_000
        taken.state.participantIdentity = job.identity
        message.state.jobs = [taken]
        return message
    }
}

extension SandboxTrunk {
    static var message: LKSIPOutboundTrunkInfo {
        var message = LKSIPOutboundTrunkInfo()
        message.sipTrunkID = id
        message.name = name
        message.address = address
        message.numbers = [number]
        return message
    }
}

extension RoomRequest {
    package init(_ message: LKCreateRoomRequest) {
        self.init(name: message.name)
        emptyTimeout = message.emptyTimeout
        departureTimeout = message.departureTimeout
        maxParticipants = message.maxParticipants
        metadata = message.metadata
        agents = message.agents.map { agent in
            var request = AgentRequest()
            request.agentName = agent.agentName
            request.metadata = agent.metadata
            request.attributes = agent.attributes
            return request
        }
    }
}

extension DialRequest {
    package init(_ message: LKCreateSIPParticipantRequest, timeout: Int64?) {
        self.init(trunkID: message.sipTrunkID, number: message.sipCallTo, roomName: message.roomName)
        identity = message.participantIdentity
        name = message.participantName
        metadata = message.participantMetadata
        attributes = message.participantAttributes
        hidesNumber = message.hidePhoneNumber
        waitsForAnswer = message.waitUntilAnswered
        ringingTimeout = message.hasRingingTimeout ? Self.milliseconds(message.ringingTimeout) : nil
        maxCallDuration = message.hasMaxCallDuration ? Self.milliseconds(message.maxCallDuration) : nil
        self.timeout = timeout
    }

    /// Nil for zero and less, which leave it to the server; nobody waits longer than a day.
    private static func milliseconds(_ duration: Google_Protobuf_Duration) -> Int64? {
        let seconds = min(max(duration.seconds, 0), 86_400)
        let milliseconds = seconds * 1_000 + Int64(duration.nanos / 1_000_000)
        return milliseconds > 0 ? milliseconds : nil
    }
}

extension Refusal {
    /// The error with what the callee's side said, where it said something.
    package var answered: TwirpError {
        guard let sip else { return error }
        var error = error
        error.meta["sip_status_code"] = String(sip.status)
        error.meta["sip_status"] = sip.reason
        error.meta["error_details"] = sip.details(message: error.message)
        return error
    }
}

extension SIPOutcome {
    /// A google.rpc.Status with LiveKit's SIPStatus in it, in base64.
    fileprivate func details(message: String) -> String? {
        var status = LKSIPStatus()
        status.code = Int32(self.status)
        status.status = reason
        guard let value: Data = try? status.serializedBytes() else { return nil }
        var wrapped = Google_Protobuf_Any()
        wrapped.typeURL = "type.googleapis.com/livekit.SIPStatus"
        wrapped.value = value
        var envelope = LKErrorStatus()
        envelope.code = grpcCode
        envelope.message = message
        envelope.details = [wrapped]
        let bytes: Data? = try? envelope.serializedBytes()
        return bytes?.base64EncodedString()
    }

    /// The numbers that gRPC gives to these codes.
    private var grpcCode: Int32 {
        switch code {
        case .deadlineExceeded: 4
        case .notFound: 5
        case .permissionDenied: 7
        case .resourceExhausted: 8
        case .failedPrecondition: 9
        default: 2
        }
    }
}
