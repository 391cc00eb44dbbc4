import LiveKit
import NIOConcurrencyHelpers
import NIOHTTP1
import Testing

@Suite("Repetition") struct RetryTests {
    typealias Call = @Sendable (LiveKitClient) async throws(LiveKitError) -> Void

    static let unavailable = ScriptedServer.Reply.json(503, #"{"code":"unavailable","msg":""}"#)
    static let standard: [Duration] = [.milliseconds(200), .milliseconds(400)]

    static let repeated: [(RPC, Call)] = [
        (.createRoom, { (client) async throws(LiveKitError) in _ = try await client.createRoom(.init()) }),
        (.listRooms, { (client) async throws(LiveKitError) in _ = try await client.listRooms() }),
        (
            .listParticipants,
            { (client) async throws(LiveKitError) in _ = try await client.listParticipants(room: "r") }
        ),
        (
            .getParticipant,
            { (client) async throws(LiveKitError) in _ = try await client.getParticipant(room: "r", identity: "p") }
        ),
        (.listDispatch, { (client) async throws(LiveKitError) in _ = try await client.listDispatch(room: "r") }),
        (
            .listSIPOutboundTrunk,
            { (client) async throws(LiveKitError) in _ = try await client.listSIPOutboundTrunk(ids: ["ST_1"]) }
        ),
        (
            .deleteRoom,
            { (client) async throws(LiveKitError) in try await client.deleteRoom("r", retries: .standard) }
        ),
        (
            .removeParticipant,
            { (client) async throws(LiveKitError) in
                try await client.removeParticipant(room: "r", identity: "p", retries: .standard)
            }
        ),
    ]

    @Test("a request that harms nobody is sent three times, after 200 and 400 ms", arguments: repeated)
    func threeTimes(rpc: RPC, call: Call) async throws {
        try await withLine { _, _ in
            Self.unavailable
        } _: { line in
            await #expect(throws: LiveKitError.answered(.init(.unavailable, ""))) { try await call(line.client) }
            #expect(line.server.requests.map(\.uri) == Array(repeating: rpc.path, count: 3))
            #expect(line.pauses.withLockedValue { $0 } == Self.standard)
        }
    }

    static let single: [(RPC, Call)] = [
        (.deleteRoom, { (client) async throws(LiveKitError) in try await client.deleteRoom("r") }),
        (
            .removeParticipant,
            { (client) async throws(LiveKitError) in try await client.removeParticipant(room: "r", identity: "p") }
        ),
        (
            .deleteDispatch,
            { (client) async throws(LiveKitError) in _ = try await client.deleteDispatch(id: "AD_1", room: "r") }
        ),
        (
            .listRooms,
            { (client) async throws(LiveKitError) in _ = try await client.listRooms(retries: .never) }
        ),
    ]

    @Test("a hang-up is sent once, unless its caller wants more", arguments: single)
    func once(rpc: RPC, call: Call) async throws {
        try await withLine { _, _ in
            Self.unavailable
        } _: { line in
            await #expect(throws: LiveKitError.answered(.init(.unavailable, ""))) { try await call(line.client) }
            #expect(line.server.requests.map(\.uri) == [rpc.path])
        }
    }

    static let faults: [(reply: ScriptedServer.Reply, attempts: Int)] = [
        (.close, 3),
        (.half(200, contentType: "application/protobuf", []), 3),
        (.json(500, #"{"code":"internal","msg":"m"}"#), 3),
        (.json(503, #"{"code":"unavailable","msg":"m"}"#), 3),
        (.plain(500, "m"), 3),
        (.plain(502, "m"), 3),
        (.plain(504, "m"), 3),
        (.json(500, #"{"code":"unknown","msg":"could not find object"}"#), 1),
        (.json(501, #"{"code":"unimplemented","msg":"m"}"#), 1),
        (.json(404, #"{"code":"not_found","msg":"m"}"#), 1),
        (.json(408, #"{"code":"deadline_exceeded","msg":"m"}"#), 1),
        (.json(429, #"{"code":"resource_exhausted","msg":"m"}"#), 1),
        (.json(401, #"{"code":"unauthenticated","msg":"m"}"#), 1),
        (.plain(401, "m"), 1),
        (.plain(302, ""), 1),
        (.protobuf([0xff]), 1),
    ]

    @Test("only what may pass is tried again", arguments: faults)
    func kinds(reply: ScriptedServer.Reply, attempts: Int) async throws {
        try await withLine { _, _ in
            reply
        } _: { line in
            await #expect(throws: LiveKitError.self) { try await line.client.listRooms(["call-1"]) }
            #expect(line.server.requests.count == attempts)
        }
    }

    @Test("the second attempt's success counts, and each attempt has a token")
    func success() async throws {
        try await withLine { number, _ in
            number == 0 ? .close : .protobuf([])
        } _: { line in
            let rooms = try await line.client.listRooms(["call-1"])
            #expect(rooms.isEmpty)
            #expect(line.server.requests.count == 2)
            #expect(line.server.requests.allSatisfy { $0.headers.contains(name: "Authorization") })
        }
    }

    @Test("nothing is repeated for which the call's own time does not suffice")
    func ownTime() async throws {
        try await withLine { _, _ in
            Self.unavailable
        } _: { line in
            await #expect(throws: LiveKitError.answered(.init(.unavailable, ""))) {
                try await line.client.listRooms(
                    timeout: .seconds(60), retries: RetryPolicy(attempts: 3, firstPause: .seconds(40)))
            }
            #expect(line.pauses.withLockedValue { $0 } == [.seconds(40)])
            #expect(line.server.requests.count == 2)
        }
    }
}
