import Foundation
import LiveKit
import NIOHTTP1
import Sandbox
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(1))) struct TwirpTests {
    @Test("A room is created, listed and deleted with protobuf, and missing afterwards")
    func protobuf() async throws {
        try await LiveSandbox.run { sandbox in
            var create = LKCreateRoomRequest()
            create.name = "call-1"
            create.metadata = "m"
            let made = try await sandbox.protobuf(.createRoom, create)
            #expect(made.status == 200)
            #expect(made.type == "application/protobuf")
            let room = try LKRoom(serializedBytes: made.body)
            #expect(room.sid.hasPrefix("RM_"))
            #expect(room.metadata == "m")
            #expect(room.emptyTimeout == 300)
            let list = try await sandbox.protobuf(.listRooms, LKListRoomsRequest())
            #expect(try LKListRoomsResponse(serializedBytes: list.body).rooms.map(\.sid) == [room.sid])
            var delete = LKDeleteRoomRequest()
            delete.room = "call-1"
            #expect(try await sandbox.protobuf(.deleteRoom, delete).status == 200)
            let again = try await sandbox.protobuf(.deleteRoom, delete)
            #expect(again.status == 404)
            #expect(again.type == "application/json")
            #expect(again.text == #"{"code":"not_found","msg":"twirp error unknown: requested room does not exist"}"#)
        }
    }

    @Test("JSON answers have snake_case names and leave no field out; requests may have either names, and strange ones")
    func json() async throws {
        try await LiveSandbox.run { sandbox in
            let made = try await sandbox.json(
                .createRoom, #"{"name": "r", "emptyTimeout": 60, "departure_timeout": 5, "strange": {"a": [1]}}"#)
            #expect(made.status == 200)
            #expect(made.type == "application/json")
            let room = try made.json()
            #expect(room["empty_timeout"] as? Int == 60)
            #expect(room["departure_timeout"] as? Int == 5)
            #expect(room["metadata"] as? String == "")
            #expect(room["num_participants"] as? Int == 0)
            #expect((room["creation_time"] as? String).flatMap { Int($0) } != nil)
            let none = try await sandbox.json(.listRooms, #"{"names": ["other"]}"#)
            #expect((try none.json()["rooms"] as? [Any])?.isEmpty == true)
            #expect(try await sandbox.json(.deleteRoom, #"{"room": "r"}"#).text == "{}")
        }
    }

    @Test("Tokens are refused in LiveKit's two shapes")
    func tokens() async throws {
        try await LiveSandbox.run { sandbox in
            let path = RPC.deleteRoom.path
            let json = ("Content-Type", "application/json")
            func send(_ headers: [(String, String)]) async throws -> Heard {
                try await sandbox.send(.POST, path, Array("{}".utf8), headers + [json])
            }
            let none = try await send([])
            #expect(none.status == 401)
            #expect(none.text == #"{"code":"unauthenticated","msg":"permissions denied"}"#)
            let other = try await send([try await sandbox.bearer(.listRooms)])
            #expect(other.status == 401)
            #expect(other.type == "application/json")
            let now = Date()
            let forger = await APIKey("devkey", secret: "another secret")
            let forged = AccessToken(for: .deleteRoom, issuer: "devkey", at: now, lifetime: .seconds(60))
            let stranger = AccessToken(for: .deleteRoom, issuer: "nobody", at: now, lifetime: .seconds(60))
            let stale = AccessToken(for: .deleteRoom, issuer: "devkey", at: now - 1_000, lifetime: .seconds(60))
            let refused = [
                "Bearer rubbish", "bearer \(try await forged.signed(by: sandbox.key))",
                "Bearer \(try await forged.signed(by: forger))", "Bearer \(try await stranger.signed(by: sandbox.key))",
                "Bearer \(try await stale.signed(by: sandbox.key))",
            ]
            for header in refused {
                let heard = try await send([("Authorization", header)])
                #expect(heard.status == 401)
                #expect(heard.type.hasPrefix("text/plain"))
                #expect(heard.text.hasPrefix("invalid "))
            }
            let elsewhere = try await sandbox.json(.listParticipants, #"{"room": "r"}"#, room: "s")
            #expect(elsewhere.status == 401)
        }
    }

    struct Route: Sendable {
        let method: HTTPMethod
        let path: String
        let type: String
        let status: Int
        let code: String
        var body = "{}"
    }

    @Test(
        "What is no RPC is answered as Twirp does",
        arguments: [
            Route(method: .GET, path: RPC.listRooms.path, type: "application/json", status: 404, code: "bad_route"),
            Route(
                method: .POST, path: "/twirp/livekit.RoomService/Nothing", type: "application/json", status: 404,
                code: "bad_route"),
            Route(method: .POST, path: "/twirp/other", type: "application/json", status: 404, code: "bad_route"),
            Route(method: .POST, path: RPC.listRooms.path, type: "text/plain", status: 404, code: "bad_route"),
            Route(method: .POST, path: RPC.listRooms.path, type: "", status: 404, code: "bad_route"),
            Route(
                method: .POST, path: RPC.listRooms.path, type: "application/json; charset=utf-8", status: 400,
                code: "malformed", body: "{"),
            Route(
                method: .POST, path: RPC.listRooms.path, type: "Application/Protobuf", status: 400, code: "malformed",
                body: "\u{7f}{}"),
        ])
    func routes(_ route: Route) async throws {
        try await LiveSandbox.run { sandbox in
            let heard = try await sandbox.send(
                route.method, route.path, Array(route.body.utf8),
                [try await sandbox.bearer(.listRooms)] + (route.type.isEmpty ? [] : [("Content-Type", route.type)]))
            #expect(heard.status == route.status)
            #expect(try heard.json()["code"] as? String == route.code)
            #expect(heard.type == "application/json")
        }
    }

    @Test("A body beyond ten MiB is 413")
    func tooLong() async throws {
        try await LiveSandbox.run { sandbox in
            let heard = try await sandbox.send(
                .POST, RPC.listRooms.path, [UInt8](repeating: 10, count: 10 << 20 + 1),
                [try await sandbox.bearer(.listRooms), ("Content-Type", "application/protobuf")])
            #expect(heard.status == 413)
        }
    }

    @Test("The root says OK")
    func root() async throws {
        try await LiveSandbox.run { sandbox in
            let heard = try await sandbox.send(.GET, "/")
            #expect(heard.status == 200)
            #expect(heard.text == "OK")
        }
    }

    @Test("A busy phone is 429 with what it said", arguments: [true, false])
    func busy(json: Bool) async throws {
        try await LiveSandbox.run { sandbox in
            var dial = LKCreateSIPParticipantRequest()
            dial.sipTrunkID = "ST_sandbox"
            dial.sipCallTo = "+15005550004"
            dial.roomName = "r"
            dial.participantIdentity = "phone"
            dial.waitUntilAnswered = true
            let heard =
                json
                ? try await sandbox.json(.createSIPParticipant, try dial.jsonString())
                : try await sandbox.protobuf(.createSIPParticipant, dial)
            #expect(heard.status == 429)
            let error = try JSONDecoder().decode(ErrorBody.self, from: Data(heard.body))
            #expect(error.code == "resource_exhausted")
            #expect(error.msg.hasPrefix("twirp error unknown: "))
            #expect(error.meta?["sip_status_code"] == "486")
            #expect(error.meta?["sip_status"] == "Busy Here")
            let details = try #require(error.meta?["error_details"].flatMap { Data(base64Encoded: $0) })
            let status = try LKErrorStatus(serializedBytes: details)
            #expect(status.code == 8)
            let wrapped = try #require(status.details.first)
            #expect(wrapped.typeURL == "type.googleapis.com/livekit.SIPStatus")
            #expect(try LKSIPStatus(serializedBytes: wrapped.value).code == 486)
        }
    }

    struct ErrorBody: Decodable {
        let code: String
        let msg: String
        let meta: [String: String]?
    }

    @Test("A dial whose connection is dropped goes on")
    func dropped() async throws {
        try await LiveSandbox.run { sandbox in
            sandbox.server.clock.freeze()
            let body =
                #"{"sip_trunk_id":"ST_sandbox","sip_call_to":"+15005550001","room_name":"r","wait_until_answered":true}"#
            let headers = [
                try await sandbox.bearer(.createSIPParticipant), ("Content-Type", "application/json"),
            ]
            let client = Task {
                try await sandbox.send(.POST, RPC.createSIPParticipant.path, Array(body.utf8), headers)
            }
            while sandbox.server.network.read({ $0.legs.count }) == 0 { await Task.yield() }
            client.cancel()
            _ = await client.result
            sandbox.server.clock.advance(milliseconds: 1_000)
            let legs = sandbox.server.network.read { $0.legs.find(room: "r") }
            #expect(legs.map(\.isUp) == [true])
            #expect(legs.first?.answeredAt != nil)
        }
    }

    @Test("X-Twirp-Timeout-Ms stops a dial")
    func allowance() async throws {
        try await LiveSandbox.run { sandbox in
            let heard = try await sandbox.json(
                .createSIPParticipant,
                #"{"sip_trunk_id":"ST_sandbox","sip_call_to":"+15005550003","room_name":"r","wait_until_answered":true}"#,
                headers: [("X-Twirp-Timeout-Ms", "100")])
            #expect(heard.status == 408)
            #expect(try heard.json()["code"] as? String == "deadline_exceeded")
            #expect(sandbox.server.network.read { $0.legs.find(room: "r").map(\.isUp) } == [false])
        }
    }

    @Test("The trunk is there")
    func trunk() async throws {
        try await LiveSandbox.run { sandbox in
            let list = try await sandbox.json(.listSIPOutboundTrunk, #"{"trunkIds": ["ST_other", "ST_sandbox"]}"#)
            let items = try list.json()["items"] as? [[String: Any]]
            #expect(items?.map { $0["sip_trunk_id"] as? String } == ["", "ST_sandbox"])
            #expect(try await sandbox.json(.getSIPOutboundTrunk, #"{"sip_trunk_id": "ST_other"}"#).status == 404)
        }
    }

    @Test("A room's metadata is changed, in both writings")
    func metadata() async throws {
        try await LiveSandbox.run { sandbox in
            let path = "/twirp/livekit.RoomService/UpdateRoomMetadata"
            _ = try await sandbox.json(.createRoom, #"{"name": "r"}"#)
            var wire = LKRoomParticipantIdentity()
            wire.room = "r"
            wire.identity = "one"
            let token = try await sandbox.bearer(.getParticipant, room: "r")
            let first = try await sandbox.send(
                .POST, path, try wire.serializedBytes(), [token, ("Content-Type", "application/protobuf")])
            #expect(try LKRoom(serializedBytes: first.body).metadata == "one")
            let second = try await sandbox.send(
                .POST, path, Array(#"{"room": "r", "metadata": "two"}"#.utf8),
                [token, ("Content-Type", "application/json")])
            #expect(try second.json()["metadata"] as? String == "two")
        }
    }
}
