import LiveKit
import NIOConcurrencyHelpers
import NIOHTTP1
import SwiftProtobuf
import Testing

@Suite("Answers") struct AnswerTests {
    /// What becomes of a dial that is answered so.
    static func dial(
        _ reply: ScriptedServer.Reply, serverDeadline: Duration = .seconds(30)
    ) async throws -> Result<LKSIPParticipantInfo, LiveKitError> {
        try await withLine { _, _ in
            reply
        } _: { line in
            do throws(LiveKitError) {
                return .success(try await line.client.createSIPParticipant(someDial, serverDeadline: serverDeadline))
            } catch {
                return .failure(error)
            }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var reply: ScriptedServer.Reply
        var error: LiveKitError
        var code: TwirpError.Code?
        var sip: Int?
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(
            name: "401 in plain text: the token was no good", reply: .plain(401, "invalid API key\n"),
            error: .refused(status: 401, text: "invalid API key"), code: .unauthenticated),
        Row(
            name: "401 in JSON: a grant is missing",
            reply: .json(401, #"{"code":"unauthenticated","msg":"permissions denied"}"#),
            error: .answered(.init(.unauthenticated, "permissions denied")), code: .unauthenticated),
        Row(
            name: "404",
            reply: .json(404, #"{"code":"not_found","msg":"twirp error unknown: requested room does not exist"}"#),
            error: .answered(.init(.notFound, "twirp error unknown: requested room does not exist")), code: .notFound),
        Row(
            name: "429 with SIP 486: busy",
            reply: .json(
                429,
                #"{"code":"resource_exhausted","msg":"m","meta":{"sip_status_code":"486","sip_status":"Busy Here"}}"#),
            error: .answered(
                .init(.resourceExhausted, "m", meta: ["sip_status_code": "486", "sip_status": "Busy Here"])),
            code: .resourceExhausted, sip: 486),
        Row(
            name: "408 without meta: not answered, or cancelled by ourselves",
            reply: .json(408, #"{"code":"canceled","msg":"twirp error unknown: sip request timed out"}"#),
            error: .answered(.init(.canceled, "twirp error unknown: sip request timed out")), code: .canceled),
        Row(
            name: "503", reply: .json(503, #"{"code":"unavailable","msg":"no response from servers"}"#),
            error: .answered(.init(.unavailable, "no response from servers")), code: .unavailable),
        Row(
            name: "data_loss without its underscore", reply: .json(500, #"{"code":"dataloss","msg":""}"#),
            error: .answered(.init(.dataLoss, "")), code: .dataLoss),
        Row(
            name: "a code of the future", reply: .json(418, #"{"code":"teapot","msg":"m","extra":1}"#),
            error: .answered(.init(.other("teapot"), "m", httpStatus: 418)), code: .other("teapot")),
        Row(
            name: "a proxy's 502", reply: .answer(502, contentType: "text/html", Array("<html>".utf8)),
            error: .refused(status: 502, text: "<html>"), code: .unavailable),
        Row(
            name: "a proxy's 429", reply: .plain(429, "slow down"), error: .refused(status: 429, text: "slow down"),
            code: .resourceExhausted),
        Row(
            name: "a redirect, which is not followed", reply: .plain(302, ""), error: .refused(status: 302, text: ""),
            code: .internal),
        Row(
            name: "a pinned region", reply: .plain(451, "project not allowed in this region."),
            error: .refused(status: 451, text: "project not allowed in this region."), code: .unknown),
        Row(
            name: "JSON that is no error of Twirp's", reply: .json(500, #"{"error":"x"}"#),
            error: .refused(status: 500, text: #"{"error":"x"}"#), code: .unknown),
        Row(
            name: "a success in HTML", reply: .answer(200, contentType: "text/html", []),
            error: .malformed("content type text/html")),
        Row(
            name: "garbage for protobuf", reply: .protobuf([0xff, 0xff, 0xff]),
            error: .malformed("not a livekit.SIPParticipantInfo")),
        Row(
            name: "half a body, then closed", reply: .half(200, contentType: "application/protobuf", [0x0a]),
            error: .interrupted("stream ended at an unexpected time")),
        Row(name: "closed without a word", reply: .close, error: .interrupted("connection closed")),
        Row(
            name: "too long", reply: .protobuf(Array(repeating: 0, count: (1 << 20) + 1)),
            error: .malformed("longer than 1048576 bytes")),
    ]

    @Test("every shape of failure has its case", arguments: rows)
    func failures(row: Row) async throws {
        let result = try await Self.dial(row.reply)
        guard case .failure(let error) = result else {
            Issue.record("no error: \(result)")
            return
        }
        #expect(error == row.error)
        #expect(error.code == row.code)
        #expect(!error.certainlyNotSent)
        if case .answered(let answer) = error { #expect(answer.sipStatusCode == row.sip) }
    }

    @Test("a refusal is cut short, and does not quote our token")
    func quoting() async throws {
        let error = try await withLine { _, request in
            .plain(
                401,
                "bad: \(request.headers.first(name: "Authorization") ?? "") " + String(repeating: "x", count: 5_000))
        } _: { line in
            await #expect(throws: LiveKitError.self) { try await line.client.deleteRoom("call-1") }
        }
        let text = try #require(error).description
        #expect(text.contains("bad: Bearer (token) xxx"))
        #expect(!text.contains("eyJ"))
        #expect(text.count < 300)
    }

    @Test("a result is read, fields of a newer server are dropped")
    func success() async throws {
        let room = try await withLine { _, _ in
            // name = "call-1", turn_password = "pw", field 99 = 1
            .protobuf("120663616c6c2d3132027077980601".fromHex)
        } _: { line in
            try await line.client.createRoom(.init())
        }
        #expect(room == .with { $0.name = "call-1" })
    }

    @Test("a list of rooms may be longer than other answers, and has a limit too")
    func longLists() async throws {
        let room =
            try LKListRoomsResponse.with { $0.rooms = [.with { $0.name = String(repeating: "r", count: 1_000) }] }
            .serializedBytes() as [UInt8]
        let rooms = try await withLine { _, _ in
            .protobuf(Array(repeatElement(room, count: 2_000).joined()))
        } _: {
            try await $0.client.listRooms()
        }
        #expect(rooms.count == 2_000)
        try await withLine { _, _ in
            .protobuf(Array(repeating: 0, count: (16 << 20) + 1))
        } _: { line in
            await #expect(throws: LiveKitError.malformed("longer than 16777216 bytes")) {
                try await line.client.listRooms()
            }
        }
    }

    @Test("the sandbox's errors are read as they were written")
    func writtenErrors() async throws {
        let error = TwirpError(.failedPrecondition, "a/b \"c\"", meta: ["sip_status_code": "503"])
        let body = try error.body()
        let result = try await Self.dial(.answer(412, contentType: "application/json", body))
        #expect(result == .failure(.answered(error)))
        let plain = String(decoding: try TwirpError(.notFound, "m").body(), as: UTF8.self)
        #expect(plain == #"{"code":"not_found","msg":"m"}"#)
    }
}
