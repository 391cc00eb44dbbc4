import Foundation
import LiveKit
import SwiftProtobuf

/// A request's message, in both of Twirp's writings.
protocol TwirpQuestion: Sendable {
    init(protobuf: [UInt8]) throws
    init(json: [UInt8]) throws
}

extension TwirpQuestion where Self: Message {
    init(protobuf: [UInt8]) throws {
        try self.init(serializedBytes: protobuf)
    }

    /// Fields that we do not know are passed over, as LiveKit does.
    init(json: [UInt8]) throws {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        try self.init(jsonUTF8Bytes: json, options: options)
    }
}

extension LKCreateRoomRequest: TwirpQuestion {}
extension LKListRoomsRequest: TwirpQuestion {}
extension LKDeleteRoomRequest: TwirpQuestion {}
extension LKListParticipantsRequest: TwirpQuestion {}
extension LKRoomParticipantIdentity: TwirpQuestion {}
extension LKCreateAgentDispatchRequest: TwirpQuestion {}
extension LKListAgentDispatchRequest: TwirpQuestion {}
extension LKDeleteAgentDispatchRequest: TwirpQuestion {}
extension LKCreateSIPParticipantRequest: TwirpQuestion {}
extension LKListSIPOutboundTrunkRequest: TwirpQuestion {}
extension LKGetSIPOutboundTrunkRequest: TwirpQuestion {}

/// The one message that only the sandbox reads: a room and its new metadata.
struct UpdateRoomMetadataRequest: TwirpQuestion, Decodable {
    var room: String
    var metadata: String

    /// Two strings with the numbers 1 and 2, which on the wire is a RoomParticipantIdentity.
    init(protobuf: [UInt8]) throws {
        let wire = try LKRoomParticipantIdentity(serializedBytes: protobuf)
        room = wire.room
        metadata = wire.identity
    }

    init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
    }

    enum CodingKeys: CodingKey { case room, metadata }

    init(from decoder: any Swift.Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        room = try fields.decodeIfPresent(String.self, forKey: .room) ?? ""
        metadata = try fields.decodeIfPresent(String.self, forKey: .metadata) ?? ""
    }
}
