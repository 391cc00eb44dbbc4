import LiveKit
import NIOConcurrencyHelpers
import NIOHTTP1
import SwiftProtobuf
import Testing

@Suite("Dials") struct DialTests {
    @Test("the server hears how long it may ring, in milliseconds")
    func deadlineHeader() async throws {
        let departures = NIOLockedValueBox(0)
        let request = try await withLine { _, _ in
            .protobuf([])
        } _: { line in
            _ = try await line.client.createSIPParticipant(
                .with { $0.sipCallTo = "+15550100" }, serverDeadline: .milliseconds(32_050)
            ) {
                departures.withLockedValue { $0 += 1 }
                return true
            }
            return try #require(line.server.requests.first)
        }
        #expect(request.headers["X-Twirp-Timeout-Ms"] == ["32050"])
        #expect(request.body == [0x12, 9] + "+15550100".utf8)
        #expect(departures.withLockedValue { $0 } == 1)
    }

    @Test(
        "a dial is never sent twice, whatever happens",
        arguments: [
            ScriptedServer.Reply.close, .json(503, #"{"code":"unavailable","msg":""}"#), .plain(502, ""),
            .protobuf([0xff]),
        ])
    func once(reply: ScriptedServer.Reply) async throws {
        try await withLine { _, _ in
            reply
        } _: { line in
            await #expect(throws: LiveKitError.self) {
                try await line.client.createSIPParticipant(someDial, serverDeadline: .seconds(1))
            }
            await #expect(throws: LiveKitError.self) { try await line.client.createDispatch(.init()) }
            #expect(line.server.requests.map(\.uri) == [RPC.createSIPParticipant.path, RPC.createDispatch.path])
            #expect(line.pauses.withLockedValue { $0 }.isEmpty)
        }
    }

    @Test("while the only line is ringing a second dial is certainly not sent, and a hang-up goes through")
    func lanes() async throws {
        try await withLine(dialConnections: 1) { _, request in
            request.uri == RPC.createSIPParticipant.path ? .silence : .protobuf([])
        } _: { line in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: LiveKitError.interrupted("cancelled")) {
                        try await line.client.createSIPParticipant(someDial, serverDeadline: .seconds(60))
                    }
                }
                for await _ in line.server.arrivals { break }
                // Waits for the connection that is taken until its time is over, which is hardly more than the margin.
                let second = await #expect(throws: LiveKitError.self) {
                    try await line.client.createSIPParticipant(someDial, serverDeadline: .milliseconds(1))
                }
                #expect(try #require(second).certainlyNotSent)
                try await line.client.deleteRoom("call-1", timeout: .seconds(5))
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(line.server.requests.map(\.uri) == [RPC.createSIPParticipant.path, RPC.deleteRoom.path])
        }
    }

    @Test("a dial of a task that is cancelled already is not sent")
    func cancelledBefore() async throws {
        try await withLine { _, _ in
            .protobuf([])
        } _: { line in
            let error = await withTaskGroup(of: LiveKitError?.self) { group in
                group.cancelAll()
                group.addTask {
                    do throws(LiveKitError) {
                        _ = try await line.client.createSIPParticipant(someDial, serverDeadline: .seconds(1))
                        return nil
                    } catch {
                        return error
                    }
                }
                return await group.next() ?? nil
            }
            #expect(error == .unreachable("cancelled before it was sent"))
            #expect(line.server.requests.isEmpty)
        }
    }
}
