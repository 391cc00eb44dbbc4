import Foundation
import LiveKit
import NIOConcurrencyHelpers
import NIOHTTP1
import SwiftProtobuf
import Testing

/// What a call of each kind puts into its token, read at the server.
@Suite("Tokens of requests") struct GrantTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var rpc: RPC
        var video: VideoGrant?
        var sip: SIPGrant?
        var call: @Sendable (LiveKitClient) async throws -> Void
        var testDescription: String { rpc.rawValue }
    }

    static let inRoom = VideoGrant(roomAdmin: true, room: "call-1")

    static let rows: [Row] = [
        Row(rpc: .createRoom, video: VideoGrant(roomCreate: true)) { _ = try await $0.createRoom(.init()) },
        Row(rpc: .deleteRoom, video: VideoGrant(roomCreate: true)) { try await $0.deleteRoom("call-1") },
        Row(rpc: .listRooms, video: VideoGrant(roomList: true)) { _ = try await $0.listRooms() },
        Row(rpc: .listParticipants, video: inRoom) { _ = try await $0.listParticipants(room: "call-1") },
        Row(rpc: .getParticipant, video: inRoom) { _ = try await $0.getParticipant(room: "call-1", identity: "p") },
        Row(rpc: .removeParticipant, video: inRoom) { try await $0.removeParticipant(room: "call-1", identity: "p") },
        Row(rpc: .createDispatch, video: inRoom) { client in
            _ = try await client.createDispatch(.with { $0.room = "call-1" })
        },
        Row(rpc: .listDispatch, video: inRoom) { _ = try await $0.listDispatch(room: "call-1") },
        Row(rpc: .deleteDispatch, video: inRoom) { _ = try await $0.deleteDispatch(id: "AD_1", room: "call-1") },
        Row(rpc: .createSIPParticipant, sip: SIPGrant(call: true)) {
            _ = try await $0.createSIPParticipant(.init(), serverDeadline: .seconds(1))
        },
        Row(rpc: .listSIPOutboundTrunk, sip: SIPGrant(admin: true)) { _ = try await $0.listSIPOutboundTrunk() },
    ]

    @Test("each request goes to its path with the least grants, soon to expire", arguments: rows)
    func grants(row: Row) async throws {
        let request = try await withLine { _, _ in
            .protobuf([])
        } _: { line in
            try await row.call(line.client)
            return try #require(line.server.requests.first)
        }
        #expect(request.uri == row.rpc.path)
        #expect(request.headers["Content-Type"] == ["application/protobuf"])
        #expect(request.headers.contains(name: "X-Twirp-Timeout-Ms") == (row.rpc == .createSIPParticipant))
        let authorization = try #require(request.headers.first(name: "Authorization"))
        #expect(authorization.hasPrefix("Bearer "))
        let token = try await AccessToken.verify(authorization.dropFirst(7), keys: APIKeys([devKey()]), now: moment)
        #expect(token.video == row.video)
        #expect(token.sip == row.sip)
        #expect(token.notBefore == moment)
        #expect(try #require(token.expires) <= moment + 70)
    }
}
