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
        let request = try await withLine(timeout: .seconds(10)) { _, _ in
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

    /// Seconds after the first request, and the second in which the token must have been signed.
    @Test("a token that names no room serves for five seconds, and never before its time")
    func tokensAreKept() async throws {
        let now = NIOLockedValueBox(moment)
        let times: [(asked: Double, signed: Double)] = [(0, 0), (4.9, 0), (5, 5), (2, 2), (6, 2), (7, 7)]
        let requests = try await withLine(now: { now.withLockedValue { $0 } }) { _, _ in
            .protobuf([])
        } _: { line in
            for time in times {
                now.withLockedValue { $0 = moment + time.asked }
                try await line.client.deleteRoom("call-1")
                _ = try await line.client.listParticipants(room: "call-\(Int(time.asked * 10))")
            }
            return line.server.requests
        }
        for (index, time) in times.enumerated() {
            let free = try await token(of: requests[index * 2], at: moment + time.asked)
            #expect(free.notBefore == moment + time.signed, "after \(time.asked) s")
            #expect(free.video == VideoGrant(roomCreate: true))
            let bound = try await token(of: requests[index * 2 + 1], at: moment + time.asked)
            #expect(bound.notBefore == moment + time.asked.rounded(.down))
            #expect(bound.video?.room == "call-\(Int(time.asked * 10))")
        }
    }

    @Test("a kept token is valid for as long as the request may take")
    func keptTokensLastLongEnough() async throws {
        let requests = try await withLine { _, _ in
            .protobuf([])
        } _: { line in
            for seconds in [1, 30] {
                _ = try await line.client.createSIPParticipant(.init(), serverDeadline: .seconds(seconds))
            }
            return line.server.requests
        }
        #expect(requests.count == 2)
        for (request, seconds) in zip(requests, [1.0, 30]) {
            let expires = try await token(of: request, at: moment).expires
            #expect(try #require(expires) >= moment + seconds + 60)
        }
    }

    private func token(of request: ScriptedServer.Request, at now: Date) async throws -> AccessToken {
        let authorization = try #require(request.headers.first(name: "Authorization"))
        return try await AccessToken.verify(authorization.dropFirst(7), keys: APIKeys([devKey()]), now: now)
    }
}
