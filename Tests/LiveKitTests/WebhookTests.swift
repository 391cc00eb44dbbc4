import Foundation
import LiveKit
import NIOConcurrencyHelpers
import Testing

@Suite("Webhooks") struct WebhookTests {
    static let body = Array(
        """
        {"event":"participant_left","room":{"sid":"RM_1","name":"call-1"},\
        "participant":{"sid":"PA_1","identity":"phone","state":"DISCONNECTED","joinedAt":"1700000000","kind":"SIP","attributes":{"sip.callStatus":"ringing"},\
        "disconnectReason":"USER_REJECTED"},"id":"EV_1","createdAt":"1700000000"}
        """.utf8)

    static func verify(
        _ body: [UInt8], signedAs signed: [UInt8]? = nil, by key: APIKey? = nil, prefix: String = "",
        after seconds: TimeInterval = 0
    ) async throws -> LKWebhookEvent {
        let devKey = await devKey()
        let authorization = try await WebhookSigner(key: key ?? devKey, now: { moment })
            .authorization(for: signed ?? body)
        return try await WebhookVerifier(keys: APIKeys([devKey]), now: { moment + seconds })
            .verify(body: body, authorization: prefix + authorization)
    }

    @Test("an event of LiveKit's is believed and read, with and without Bearer", arguments: ["", "Bearer "])
    func good(prefix: String) async throws {
        let event = try await Self.verify(Self.body, prefix: prefix)
        #expect(event.event == "participant_left")
        #expect(event.id == "EV_1")
        #expect(event.createdAt == 1_700_000_000)
        #expect(event.room.name == "call-1")
        #expect(event.participant.disconnectReason == .userRejected)
        #expect(event.participant.attributes == ["sip.callStatus": "ringing"])
        #expect(event.participant.kind == .sip)
    }

    @Test("a flipped bit anywhere in the body is seen", arguments: [0, 1, 40, body.count - 1])
    func flippedBit(at place: Int) async throws {
        var body = Self.body
        body[place] ^= 1
        await #expect(throws: WebhookRefusal.otherBody) { try await Self.verify(body, signedAs: Self.body) }
    }

    @Test("the same JSON in other bytes is another body")
    func otherBytes() async throws {
        await #expect(throws: WebhookRefusal.otherBody) {
            try await Self.verify(Self.body + [0x20], signedAs: Self.body)
        }
    }

    static let ages: [(seconds: TimeInterval, refusal: AccessTokenError?)] = [
        (-61, .notYetValid), (-60, nil), (359, nil), (360, .expired),
    ]

    @Test("a webhook is good for five minutes, and a minute more for clocks that differ", arguments: ages)
    func times(after seconds: TimeInterval, refusal: AccessTokenError?) async throws {
        if let refusal {
            await #expect(throws: WebhookRefusal.token(refusal)) { try await Self.verify(Self.body, after: seconds) }
        } else {
            #expect(try await Self.verify(Self.body, after: seconds).id == "EV_1")
        }
    }

    @Test("a stranger's signature is refused")
    func otherKeys() async throws {
        let sameName = await APIKey("devkey", secret: "guess")
        await #expect(throws: WebhookRefusal.token(.badSignature)) { try await Self.verify(Self.body, by: sameName) }
        let otherName = await APIKey("stranger", secret: "secret")
        await #expect(throws: WebhookRefusal.token(.unknownKey("stranger"))) {
            try await Self.verify(Self.body, by: otherName)
        }
    }

    static let worthless: [(authorization: String?, refusal: WebhookRefusal)] = [
        (nil, .missingToken),
        ("", .missingToken),
        ("Bearer ", .token(.malformed)),
        ("Basic abc", .token(.malformed)),
        (AccessTokenTests.altered(header: #"{"alg":"none"}"#, signature: ""), .token(.wrongAlgorithm)),
        // A good token of ours, made for a request and not for a body.
        (AccessTokenTests.golden, .unsignedBody),
    ]

    @Test("a header that proves nothing is refused", arguments: worthless)
    func headers(authorization: String?, refusal: WebhookRefusal) async throws {
        let verifier = WebhookVerifier(keys: APIKeys([await devKey()]), now: { moment })
        await #expect(throws: refusal) { try await verifier.verify(body: Self.body, authorization: authorization) }
    }

    @Test("what a newer server adds does not lose the event: fields, names and numbers of enums")
    func newerServer() async throws {
        let body = """
            {"event":"participant_left","news":{"a":[1,{}]},"id":"EV_2","room":{"name":"call-1","more":null},
             "participant":{"identity":"phone","kind":"HOLOGRAM","state":"DREAMING","disconnectReason":"BORED",
             "kindDetails":["X"]},
             "track":{"sid":"TR_1","type":99,"source":"THIRD_EYE"},
             "egressInfo":{"egressId":"EG_1","status":"EGRESS_COMPLETE"},"numDropped":3,"createdAt":"1700000000"}
            """
        let event = try await Self.verify(Array(body.utf8))
        #expect(event.id == "EV_2")
        #expect(event.participant.identity == "phone")
        #expect(event.participant.kind == .standard)
        #expect(event.participant.disconnectReason == .unknownReason)
        #expect(event.track.type.rawValue == 99)
        #expect(event.createdAt == 1_700_000_000)
    }

    @Test(
        "well signed nonsense is refused", arguments: ["", "null", "[]", "{", #"{"event":1}"#, #"{"room":"call-1"}"#])
    func nonsense(text: String) async throws {
        await #expect(throws: WebhookRefusal.malformedEvent) { try await Self.verify(Array(text.utf8)) }
    }

    @Test("JSON nested without end is refused and harms nobody")
    func nested() async throws {
        let deep = #"{"x":"# + String(repeating: "[", count: 100_000)
        await #expect(throws: WebhookRefusal.malformedEvent) { try await Self.verify(Array(deep.utf8)) }
    }
}
