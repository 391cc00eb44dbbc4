import Foundation
import LiveKit
import Logging
import Sandbox
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
            ("clock", "{}", "freeze"), ("clock", #"{"advanceMs": -5}"#, "advanceMs"),
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
