import AsyncHTTPClient
import LiveKit
import NIOConcurrencyHelpers
import Testing

@Suite("Transport") struct TransportTests {
    static let mute: [ScriptedServer.Reply] = [
        .silence, .stall(200, contentType: "application/protobuf", [0x0a]), .stall(503, contentType: "text/plain", []),
    ]

    @Test("a call's time covers all of the answer, and its outcome is then unknown", arguments: mute)
    func hangs(reply: ScriptedServer.Reply) async throws {
        try await withLine { _, _ in
            reply
        } _: { line in
            await #expect(throws: LiveKitError.interrupted("timed out")) {
                try await line.client.deleteRoom("call-1", timeout: .seconds(3))
            }
            #expect(line.server.requests.count == 1)
        }
    }

    @Test("a call without a time of its own has the client's")
    func defaultTime() async throws {
        try await withLine(timeout: .seconds(3)) { _, _ in
            .silence
        } _: { line in
            await #expect(throws: LiveKitError.interrupted("timed out")) { try await line.client.deleteRoom("call-1") }
        }
    }

    @Test("a call of a cancelled task ends at once, its outcome unknown")
    func cancelled() async throws {
        try await withLine { _, _ in
            .silence
        } _: { line in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: LiveKitError.interrupted("cancelled")) {
                        try await line.client.listRooms(["call-1"], timeout: .seconds(600))
                    }
                }
                for await _ in line.server.arrivals { break }
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(line.server.requests.count == 1)
        }
    }

    @Test("where nobody listens nothing was sent, and a dial is not tried again")
    func refused() async throws {
        try await withLine { _, _ in
            .protobuf([])
        } _: { line in
            let gone = try await ScriptedServer { _, _ in .close }
            let url = try #require(ServerURL("http://127.0.0.1:\(gone.port)"))
            try await gone.stop()
            let http = HTTPClient(
                eventLoopGroupProvider: .singleton,
                configuration: LiveKitClient.httpConfiguration(connectionsPerHost: 1))
            let client = LiveKitClient(
                url: url, key: await devKey(), dials: http, others: http, now: { moment },
                pause: { pause in line.pauses.withLockedValue { $0.append(pause) } })
            let dial = await #expect(throws: LiveKitError.self) {
                try await client.createSIPParticipant(someDial, serverDeadline: .seconds(30)) {
                    Issue.record("a dial that found nobody is said to go out")
                    return true
                }
            }
            let dialPauses = line.pauses.withLockedValue { $0 }
            let hangUp = await #expect(throws: LiveKitError.self) {
                try await client.deleteRoom("r", retries: .standard)
            }
            try await http.shutdown()
            #expect(dial?.certainlyNotSent == true)
            #expect(dialPauses.isEmpty)
            #expect(hangUp?.certainlyNotSent == true)
            #expect(line.pauses.withLockedValue { $0 } == RetryTests.standard)
        }
    }

    @Test("a dial that may not leave any more when its connection stands is certainly not sent, and the next one is")
    func stays() async throws {
        try await withLine { _, _ in
            .protobuf([])
        } _: { line in
            let error = await #expect(throws: LiveKitError.self) {
                try await line.client.createSIPParticipant(someDial, serverDeadline: .seconds(30)) { false }
            }
            #expect(error?.certainlyNotSent == true)
            #expect(line.server.requests.isEmpty)
            _ = try await line.client.createSIPParticipant(someDial, serverDeadline: .seconds(30)) { true }
            #expect(line.server.requests.map(\.uri) == [RPC.createSIPParticipant.path])
        }
    }
}
