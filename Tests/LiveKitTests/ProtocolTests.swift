import Foundation
import LiveKit
import SwiftProtobuf
import Testing

/// Bytes that LiveKit's official Python package makes of the same requests.
@Suite("Messages") struct ProtocolTests {
    @Test("a DeleteRoomRequest has LiveKit's bytes")
    func deleteRoom() throws {
        var request = LKDeleteRoomRequest()
        request.room = "call-1"
        #expect(try request.serializedBytes() as [UInt8] == "0a0663616c6c2d31".fromHex)
    }

    @Test("a ListRoomsRequest has LiveKit's bytes")
    func listRooms() throws {
        var request = LKListRoomsRequest()
        request.names = ["call-1", "call-2"]
        #expect(try request.serializedBytes() as [UInt8] == "0a0663616c6c2d310a0663616c6c2d32".fromHex)
    }

    @Test("a RoomParticipantIdentity has LiveKit's bytes")
    func identity() throws {
        var request = LKRoomParticipantIdentity()
        request.room = "call-1"
        request.identity = "phone"
        #expect(try request.serializedBytes() as [UInt8] == "0a0663616c6c2d31120570686f6e65".fromHex)
    }

    @Test("a CreateRoomRequest has LiveKit's bytes")
    func createRoom() throws {
        var request = LKCreateRoomRequest()
        request.name = "call-1"
        request.emptyTimeout = 60
        request.departureTimeout = 5
        request.maxParticipants = 3
        request.metadata = #"{"k":1}"#
        #expect(
            try request.serializedBytes() as [UInt8] == "0a0663616c6c2d31103c18032a077b226b223a317d5005".fromHex)
    }

    @Test("a CreateAgentDispatchRequest has LiveKit's bytes")
    func createDispatch() throws {
        var request = LKCreateAgentDispatchRequest()
        request.agentName = "a"
        request.room = "call-1"
        request.metadata = "m"
        #expect(try request.serializedBytes() as [UInt8] == "0a0161120663616c6c2d311a016d".fromHex)
    }

    @Test("a CreateSIPParticipantRequest has LiveKit's bytes")
    func dial() throws {
        var request = LKCreateSIPParticipantRequest()
        request.sipTrunkID = "ST_x"
        request.sipCallTo = "+15550100"
        request.roomName = "call-1"
        request.participantIdentity = "phone"
        request.ringingTimeout = Google_Protobuf_Duration(seconds: 30, nanos: 0)
        request.maxCallDuration = Google_Protobuf_Duration(seconds: 600, nanos: 0)
        request.headers = ["X-A": "b"]
        request.waitUntilAnswered = true
        let golden =
            "0a0453545f7812092b31353535303130301a0663616c6c2d31220570686f6e655a02081e620308d804"
            + "8201080a03582d41120162980101"
        #expect(try request.serializedBytes() as [UInt8] == golden.fromHex)
    }

    @Test("JSON has LiveKit's names for enums", arguments: [false, true])
    func json(snakeCase: Bool) throws {
        var participant = LKParticipantInfo()
        participant.kind = .sip
        participant.state = .disconnected
        participant.disconnectReason = .userRejected
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = snakeCase
        options.useDeterministicOrdering = true
        let reason = snakeCase ? "disconnect_reason" : "disconnectReason"
        #expect(
            try participant.jsonString(options: options)
                == #"{"state":"DISCONNECTED","kind":"SIP","\#(reason)":"USER_REJECTED"}"#)
    }
}
