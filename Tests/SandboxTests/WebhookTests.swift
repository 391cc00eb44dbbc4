import Foundation
import LiveKit
import Sandbox
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    /// A sender on a frozen clock whose events come from the frozen network beside it.
    struct Bench {
        let clock = ClockTests.frozen()
        let sender: WebhookSender
        let network: PhoneNetwork
        let receiver = Receiver()

        init(_ faults: WebhookFaults = WebhookFaults()) {
            let sender = WebhookSender(url: "http://receiver.invalid/", clock: clock)
            sender.setFaults(faults)
            self.sender = sender
            network = PhoneNetwork(
                network: Network(now: clock.now, newID: SandboxConfiguration.randomID), clock: clock
            ) { sender.post($0) }
        }

        func run(_ body: () async throws -> Void) async throws {
            let key = await APIKey("devkey", secret: "secret")
            let signer = WebhookSigner(key: key) { Date(timeIntervalSince1970: 1_800_000_000) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await sender.run(signer: signer, post: receiver.post) }
                try await body()
                sender.stop()
                group.cancelAll()
            }
        }

        func heard() throws -> [LKWebhookEvent] { try receiver.heard.map { try LKWebhookEvent(jsonUTF8Bytes: $0) } }

        func createRoom(_ name: String) throws {
            _ = try network.perform { network throws(Refusal) in try network.createRoom(RoomRequest(name: name)) }
        }

        func deleteRoom(_ name: String) throws {
            try network.perform { network throws(Refusal) in try network.deleteRoom(name) }
        }

        /// Moves the clock once this many wait on it: the sender, and the network for its room's time-out.
        func pause(_ milliseconds: Int64, sleepers: Int = 2) async {
            while clock.waiting < sleepers { await Task.yield() }
            clock.advance(milliseconds: milliseconds)
        }
    }

    @Test("While the server is down nothing is sent, and what happened then is never told")
    func silence() async throws {
        let bench = Bench()
        try await bench.run {
            bench.sender.setSilent(true)
            try bench.createRoom("unheard")
            bench.sender.setSilent(false)
            try bench.createRoom("heard")
            await bench.receiver.waitFor(attempts: 1)
            #expect(try bench.heard().map(\.room.name) == ["heard"])
        }
    }

    @Test("Events come in the order of their room, signed over their very bytes")
    func order() async throws {
        let bench = Bench()
        try await bench.run {
            async let dialled = bench.network.dial(
                DialRequest(trunkID: "ST_sandbox", number: "+15005550002", roomName: "r"))
            while bench.network.read({ $0.legs.count }) == 0 { await Task.yield() }
            bench.clock.advance(milliseconds: 5_000)
            _ = await dialled
            try bench.deleteRoom("r")
            await bench.receiver.waitFor(attempts: 6)
            let events = try bench.heard()
            #expect(
                events.map(\.event) == [
                    "room_started", "participant_joined", "track_published", "track_unpublished", "participant_left",
                    "room_finished",
                ])
            let left = events[4]
            #expect(left.participant.kind == .sip)
            #expect(left.participant.state == .disconnected)
            #expect(left.participant.disconnectReason == .clientInitiated)
            #expect(left.participant.attributes["sip.callStatus"] == "hangup")
            #expect(left.room.name == "r")
            #expect(left.createdAt == 1_800_000_002)
            #expect(Set(events.map(\.id)).count == 6)
            let verifier = WebhookVerifier(keys: APIKeys([await APIKey("devkey", secret: "secret")])) {
                Date(timeIntervalSince1970: 1_800_000_000)
            }
            for (body, token) in zip(bench.receiver.heard, bench.receiver.tokens) {
                _ = try await verifier.verify(body: body, authorization: token)
            }
        }
    }

    @Test("A receiver that is away gets five tries after 1, 2, 4 and 8 s, with one token, and no more")
    func fiveTries() async throws {
        let bench = Bench()
        bench.receiver.answer(503)
        try await bench.run {
            try bench.createRoom("r")
            for (attempt, pause) in [1_000, 2_000, 4_000, 8_000].enumerated() {
                await bench.receiver.waitFor(attempts: attempt + 1)
                await bench.pause(Int64(pause) - 1)
                #expect(bench.receiver.attempts == attempt + 1)
                bench.clock.advance(milliseconds: 1)
            }
            await bench.receiver.waitFor(attempts: 5)
            #expect(Set(bench.receiver.tokens).count == 1)
            bench.receiver.answer(200)
            try bench.deleteRoom("r")
            await bench.receiver.waitFor(attempts: 6)
            #expect(try bench.heard().map(\.event) == ["room_finished"])
        }
    }

    @Test("A receiver that is away for 40 s never hears of what happened meanwhile")
    func outage() async throws {
        let bench = Bench()
        bench.receiver.answer(nil)
        try await bench.run {
            try bench.createRoom("r")
            await bench.receiver.waitFor(attempts: 1)
            try bench.deleteRoom("r")
            #expect(bench.sender.waiting == 1)
            await bench.pause(40_000)
            // The second of its tries is over now; the others fail in their turn, and then the waiting one is too old.
            for pause in [2_000, 4_000, 8_000] { await bench.pause(Int64(pause)) }
            while bench.sender.waiting > 0 { await Task.yield() }
            bench.receiver.answer(200)
            try bench.createRoom("later")
            await bench.receiver.waitFor(attempts: 6)
            #expect(try bench.heard().map(\.room.name) == ["later"])
        }
    }

    @Test("A refusal is not repeated", arguments: [400, 404, 501])
    func refused(status: Int) async throws {
        let bench = Bench()
        bench.receiver.answer(status)
        try await bench.run {
            try bench.createRoom("r")
            await bench.receiver.waitFor(attempts: 1)
            bench.receiver.answer(200)
            try bench.deleteRoom("r")
            await bench.receiver.waitFor(attempts: 2)
            #expect(try bench.heard().map(\.event) == ["room_finished"])
        }
    }

    @Test("Dropped events are never sent")
    func drop() async throws {
        var faults = WebhookFaults()
        faults.drop.probability = 1
        let bench = Bench(faults)
        try await bench.run {
            try bench.createRoom("r")
            bench.sender.setFaults(WebhookFaults())
            try bench.deleteRoom("r")
            await bench.receiver.waitFor(attempts: 1)
            #expect(try bench.heard().map(\.event) == ["room_finished"])
        }
    }

    @Test("Duplicated events come twice with the same id")
    func duplicate() async throws {
        var faults = WebhookFaults()
        faults.duplicate.probability = 1
        let bench = Bench(faults)
        try await bench.run {
            try bench.createRoom("r")
            await bench.receiver.waitFor(attempts: 2)
            #expect(Set(try bench.heard().map(\.id)).count == 1)
        }
    }

    @Test("A delayed event holds up its room, a reordered one lets later ones pass", arguments: [true, false])
    func late(reorder: Bool) async throws {
        var faults = WebhookFaults()
        faults.delay.probability = reorder ? 0 : 1
        faults.reorder.probability = reorder ? 1 : 0
        let bench = Bench(faults)
        try await bench.run {
            try bench.createRoom("r")
            bench.sender.setFaults(WebhookFaults())
            try bench.deleteRoom("r")
            if reorder { await bench.receiver.waitFor(attempts: 1) }
            await bench.pause(1_000)
            await bench.receiver.waitFor(attempts: 2)
            let order = ["room_started", "room_finished"]
            #expect(try bench.heard().map(\.event) == (reorder ? order.reversed() : order))
        }
    }
}
