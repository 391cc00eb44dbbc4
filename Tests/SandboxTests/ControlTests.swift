import Foundation
import LiveKit
import Logging
import NIOHTTP1
import Sandbox
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(1))) struct ControlTests {
    static let dial =
        #"{"sip_trunk_id":"ST_sandbox","sip_call_to":"+15005550001","room_name":"r","participant_identity":"phone"}"#

    @Test("The phones tell what they heard, found by number and by room")
    func phones() async throws {
        try await LiveSandbox.run { sandbox in
            _ = try await sandbox.control("clock", #"{"freeze": true}"#)
            let start = sandbox.server.clock.now
            async let dialled = sandbox.json(.createSIPParticipant, Self.dial)
            while sandbox.server.network.read({ $0.legs.count }) == 0 { await Task.yield() }
            _ = try await sandbox.control("clock", #"{"advanceMs": 1000}"#)
            #expect(try await dialled.status == 200)
            for query in ["", "?room=r", "?number=%2B15005550001", "?number=+15005550001&room=r"] {
                let legs = try await sandbox.control("phones\(query)").json()["legs"] as? [[String: Any]]
                #expect(legs?.count == 1, "\(query)")
                let leg = legs?.first ?? [:]
                #expect(leg["number"] as? String == "+15005550001")
                #expect(leg["roomName"] as? String == "r")
                #expect(leg["identity"] as? String == "phone")
                #expect((leg["sipCallId"] as? String)?.hasPrefix("SCL_") == true)
                #expect(leg["joinedAt"] as? Int64 == start + 12)
                #expect(leg["acceptedAt"] as? Int64 == start)
                #expect(leg["inviteAt"] as? Int64 == start + 17)
                #expect(leg["ringingAt"] as? Int64 == start + 18)
                #expect(leg["answeredAt"] as? Int64 == start + 318)
                #expect(leg["cancelAt"] is NSNull)
                #expect(leg["byeAt"] is NSNull)
                #expect(leg["up"] as? Bool == true)
            }
            for query in ["?room=other", "?number=%2B1", "?room=r&number=%2B1"] {
                #expect((try await sandbox.control("phones\(query)").json()["legs"] as? [Any])?.isEmpty == true)
            }
            let rooms = try await sandbox.control("rooms").json()["rooms"] as? [[String: Any]]
            #expect(rooms?.map { $0["name"] as? String } == ["r"])
            #expect(rooms?.first?["participants"] as? [String] == ["phone"])
        }
    }

    @Test("Settings change what they name and nothing else")
    func settings() async throws {
        try await LiveSandbox.run { sandbox in
            let heard = try await sandbox.control("settings", #"{"joinDelayMs": 50, "autoCreate": false}"#).json()
            #expect(heard["joinDelayMs"] as? Int == 50)
            #expect(heard["agentDelayMs"] as? Int == 20)
            #expect(heard["autoCreate"] as? Bool == false)
            #expect(sandbox.server.network.read(\.settings.undeletableShare) == 0.19)
            _ = try await sandbox.control("reset", "{}")
            #expect(sandbox.server.network.read(\.settings) == NetworkSettings())
        }
    }

    @Test(
        "Bad orders are 400 with a message that names the fault",
        arguments: [
            ("settings", "{", "not JSON"), ("settings", "[]", "object"),
            ("settings", #"{"joinDelayMs": -1}"#, "joinDelayMs"),
            ("settings", #"{"joinDelayMs": "12"}"#, "joinDelayMs"), ("settings", #"{"undeletableShare": 2}"#, "from 0"),
            ("settings", #"{"joinDelay": 1}"#, "unknown field \\\"joinDelay\\\""),
            ("faults", #"{"method": "DeleteRoom"}"#, "fault"),
            ("faults", #"{"fault": "lie", "method": "Nothing"}"#, "Nothing"),
            ("faults", #"{"fault": "odd", "method": "DeleteRoom"}"#, "odd"),
            ("faults", #"{"fault": "lie", "method": "DeleteRoom", "times": 0}"#, "times"),
            ("webhook-faults", #"{"drop": 1.5}"#, "drop"), ("webhook-faults", #"{"drop": {"seed": 1}}"#, "probability"),
            ("outage", "{}", "down"), ("outage", #"{"down": 1}"#, "down"), ("clock", "{}", "freeze"),
            ("clock", #"{"advanceMs": -5}"#, "advanceMs"),
        ])
    func bad(_ path: String, _ body: String, _ message: String) async throws {
        try await LiveSandbox.run { sandbox in
            let heard = try await sandbox.control(path, body)
            #expect(heard.status == 400)
            #expect(heard.text.contains(message), "\(heard.text)")
        }
    }

    @Test("What is not there is 404")
    func missing() async throws {
        try await LiveSandbox.run { sandbox in
            for path in ["nothing", "reset"] {
                let heard = try await sandbox.control(path)
                #expect(heard.status == 404)
            }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let fault: String
        let status: Int
        let type: String
        /// Whether the room is gone after the faulty delete.
        let gone: Bool
        var testDescription: String { fault }
    }

    @Test(
        "A fault strikes as often as ordered, and does or does not what it is asked",
        arguments: [
            Row(fault: "unavailable", status: 503, type: "application/json", gone: false),
            Row(fault: "lie", status: 200, type: "application/json", gone: false),
            Row(fault: "late", status: 503, type: "application/json", gone: true),
            Row(fault: "plain401", status: 401, type: "text/plain; charset=utf-8", gone: false),
            Row(fault: "slow", status: 200, type: "application/json", gone: true),
        ])
    func faults(_ row: Row) async throws {
        try await LiveSandbox.run { sandbox in
            for name in ["a", "b", "c"] { _ = try await sandbox.json(.createRoom, #"{"name": "\#(name)"}"#) }
            _ = try await sandbox.control(
                "faults", #"{"method": "DeleteRoom", "fault": "\#(row.fault)", "times": 2, "delayMs": 1}"#)
            for name in ["a", "b"] {
                let heard = try await sandbox.json(.deleteRoom, #"{"room": "\#(name)"}"#)
                #expect(heard.status == row.status)
                #expect(heard.type == row.type)
                #expect(sandbox.server.network.read { $0.rooms[name] == nil } == row.gone)
            }
            #expect(try await sandbox.json(.deleteRoom, #"{"room": "c"}"#).status == 200)
            #expect(sandbox.server.network.read { $0.rooms["c"] == nil })
        }
    }

    @Test("A limit of the server's own is 429 without a SIP status, and nothing happens")
    func busy() async throws {
        try await LiveSandbox.run { sandbox in
            _ = try await sandbox.control("faults", #"{"method": "CreateSIPParticipant", "fault": "busy"}"#)
            let heard = try await sandbox.json(.createSIPParticipant, Self.dial)
            #expect(heard.status == 429)
            #expect(try heard.json()["code"] as? String == "resource_exhausted")
            #expect(try heard.json()["meta"] == nil)
            #expect(sandbox.server.network.read { $0.legs.count } == 0)
        }
    }

    @Test("A broken answer is none, and yet it happened", arguments: ["reset", "half"])
    func broken(_ fault: String) async throws {
        try await LiveSandbox.run { sandbox in
            _ = try await sandbox.json(.createRoom, #"{"name": "r"}"#)
            _ = try await sandbox.control("faults", #"{"method": "DeleteRoom", "fault": "\#(fault)"}"#)
            await #expect(throws: (any Error).self) { try await sandbox.json(.deleteRoom, #"{"room": "r"}"#) }
            #expect(sandbox.server.network.read { $0.rooms["r"] == nil })
            #expect(try await sandbox.json(.deleteRoom, #"{"room": "r"}"#).status == 404)
        }
    }

    @Test("Garbage is 200 with what is no message and no JSON, and yet it happened", arguments: [true, false])
    func garbage(json: Bool) async throws {
        try await LiveSandbox.run { sandbox in
            _ = try await sandbox.control("faults", #"{"method": "CreateRoom", "fault": "garbage"}"#)
            var create = LKCreateRoomRequest()
            create.name = "r"
            let heard =
                json
                ? try await sandbox.json(.createRoom, #"{"name": "r"}"#)
                : try await sandbox.protobuf(.createRoom, create)
            #expect(heard.status == 200)
            #expect(throws: (any Error).self) { try LKRoom(serializedBytes: heard.body) }
            #expect(throws: (any Error).self) { try heard.json() }
            #expect(sandbox.server.network.read { $0.rooms["r"] != nil })
        }
    }

    @Test("An order for every method strikes those that have none of their own, until it is taken back")
    func every() async throws {
        try await LiveSandbox.run { sandbox in
            _ = try await sandbox.control("faults", #"{"method": "*", "fault": "unavailable", "times": 100}"#)
            _ = try await sandbox.control("faults", #"{"method": "ListRooms", "fault": "plain401"}"#)
            #expect(try await sandbox.json(.listRooms, "{}").status == 401)
            #expect(try await sandbox.json(.listRooms, "{}").status == 503)
            #expect(try await sandbox.json(.createRoom, #"{"name": "r"}"#).status == 503)
            _ = try await sandbox.control("faults", #"{"method": "*", "fault": "none"}"#)
            #expect(try await sandbox.json(.createRoom, #"{"name": "r"}"#).status == 200)
        }
    }

    @Test("A server that is down closes connections, those of running dials too, while its phones go on")
    func down() async throws {
        try await LiveSandbox.run { sandbox in
            let slow = Self.dial.replacing("+15005550001", with: "+15005550013")
            let waiting = slow.dropLast() + #","wait_until_answered":true}"#
            let dialled = Task { try await sandbox.json(.createSIPParticipant, String(waiting)) }
            while sandbox.server.network.read({ $0.legs.count }) == 0 { await Task.yield() }
            #expect(try await sandbox.control("outage", #"{"down": true}"#).status == 200)
            await #expect(throws: (any Error).self) { try await dialled.value }
            await #expect(throws: (any Error).self) { try await sandbox.json(.listRooms, "{}") }
            await #expect(throws: (any Error).self) { try await sandbox.send(.GET, "/") }
            #expect(sandbox.server.network.read { $0.legs.count } == 1)
            _ = try await sandbox.control("outage", #"{"down": false}"#)
            #expect(try await sandbox.json(.listRooms, "{}").status == 200)
        }
    }

    @Test("A hanging method answers nobody, does nothing, and is let go by a reset")
    func hang() async throws {
        try await LiveSandbox.run { sandbox in
            _ = try await sandbox.json(.createRoom, #"{"name": "r"}"#)
            _ = try await sandbox.control("faults", #"{"method": "DeleteRoom", "fault": "hang"}"#)
            // The room's own time-out is one that waits on the clock.
            async let hung = sandbox.json(.deleteRoom, #"{"room": "r"}"#)
            while sandbox.server.clock.waiting < 2 { await Task.yield() }
            #expect(sandbox.server.network.read { $0.rooms["r"] != nil })
            _ = try await sandbox.control("reset", "{}")
            #expect(try await hung.status == 503)
        }
    }

    @Test("A missing room makes ListDispatch wait three seconds for its 503")
    func slowMissing() async throws {
        try await LiveSandbox.run { sandbox in
            sandbox.server.clock.freeze()
            async let heard = sandbox.json(.listDispatch, #"{"room": "r"}"#, room: "r")
            while sandbox.server.clock.waiting == 0 { await Task.yield() }
            sandbox.server.clock.advance(milliseconds: 3_000)
            let status = try await heard.status
            #expect(status == 503)
        }
    }

    @Test("A sandbox that ends sends away whoever waits")
    func ends() async throws {
        let server = SandboxServer(configuration: SandboxConfiguration(), logger: .init(label: "sandbox"))
        let reply = await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            _ = await server.boundPort()
            async let dialled = server.network.dial(
                DialRequest(trunkID: "ST_sandbox", number: "+15005550003", roomName: "r"))
            while server.network.read({ $0.legs.count }) == 0 { await Task.yield() }
            group.cancelAll()
            while let ended = await group.nextResult() { _ = ended }
            return await dialled
        }
        #expect(reply.short == "unavailable -")
    }
}
