import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import SQLiteStore
import TestSupport
import Testing

@Suite("A request with an Idempotency-Key is carried out once")
struct IdempotencyTests {
    /// Every route that changes something.
    static let changing = Documented.keyed.filter { $0.method != .get }

    private struct Scene {
        let house: House
        let path: String
        let body: String?
        let route: Documented.Route

        init(_ route: Documented.Route) async throws {
            house = try await House()
            let call = try await house.scheduled()
            path = try await house.path(of: route, call: call)
            body = AccessTests.goodBody(route, house.agent)
            self.route = route
        }

        func send(
            word: String? = "again", query: String = "", _ other: String? = nil, key: Credential = .admin
        ) async throws -> Reply {
            try await house.send(
                route.method, path + query, key: key, other ?? body,
                headers: word.map { ["Idempotency-Key": $0] } ?? [:])
        }

        /// All that there is; asked for by the other admin, since a route may revoke the first one's key.
        func contents() async throws -> [String] {
            let key = try await Keys(store: house.store, clock: house.clock).create(
                name: "reader", role: .admin, expiresAt: nil, by: .commandLine(for: House.organization))
            var texts: [String] = []
            for path in ["calls", "agents"] {
                texts.append(try await house.send(.get, "/api/v1/\(path)", key: .text(key.secret)).text)
            }
            let keys = try await house.store.keys(of: House.organization).filter { $0.name != "reader" }
            let log = try await house.store.auditEntries(of: House.organization, after: 0, limit: 100)
            return texts + ["\(keys)", "\(log.count { $0.actor.rawValue != "command_line" })"]
        }
    }

    @Test("A repetition changes nothing and has the first answer to the byte", arguments: changing)
    func replay(_ route: Documented.Route) async throws {
        let scene = try await Scene(route)
        let first = try await scene.send()
        #expect((200...202).contains(first.status), "\(first.text)")
        #expect(first[header: "idempotency-replayed"] == nil)
        let after = try await scene.contents()
        if route.path == "/api-keys/{key}" {
            // It revoked itself: nobody is let in with it, whatever it asks.
            #expect(try await scene.send().status == 401)
            return
        }
        for _ in 0..<2 {
            scene.house.clock.advance(by: .seconds(3600))
            let again = try await scene.send()
            #expect(again.status == first.status)
            #expect(again[header: "idempotency-replayed"] == "true")
            #expect(again[header: "content-type"] == "application/json")
            if route.path != "/api-keys" { #expect(again.text == first.text) }
        }
        #expect(try await scene.contents() == after)
        // Without the key, and with another one, it is carried out again or refused, as ever.
        for word in [nil, "Again"] {
            #expect(try await scene.send(word: word)[header: "idempotency-replayed"] == nil)
        }
        if route.method == .post { #expect(try await scene.contents() != after) }
    }

    @Test("The same key with another body or query is 422", arguments: changing.filter { $0.path != "/api-keys/{key}" })
    func otherBody(_ route: Documented.Route) async throws {
        let scene = try await Scene(route)
        #expect((200...202).contains(try await scene.send().status))
        let after = try await scene.contents()
        for reply in [try await scene.send((scene.body ?? "{}") + " "), try await scene.send(query: "?reason=x")] {
            #expect(reply.status == 422, "\(reply.text)")
            #expect(reply.isErrorShape)
            #expect(reply.message?.contains("Idempotency-Key") == true)
            #expect(reply[header: "idempotency-replayed"] == nil)
        }
        #expect(try await scene.contents() == after)
    }

    @Test("A key that is none is refused by its name, and nothing is done", arguments: changing)
    func malformed(_ route: Documented.Route) async throws {
        let scene = try await Scene(route)
        let before = try await scene.contents()
        for word in ["", String(repeating: "k", count: 256), "ké", "k\tk"] {
            let reply = try await scene.send(word: word)
            #expect((reply.status, reply.faults) == (400, ["Idempotency-Key"]), "\(word): \(reply.text)")
        }
        #expect(try await scene.contents() == before)
        #expect((200...202).contains(try await scene.send(word: String(repeating: " k~", count: 85)).status))
    }

    @Test("A refusal is not kept: the same key may try again", arguments: changing)
    func refusals(_ route: Documented.Route) async throws {
        let scene = try await Scene(route)
        #expect(try await scene.send(query: "?nonesuch=1").status == 400)
        #expect(try await scene.send("[").status >= 400 || route.method == .delete)
        if route.path == "/api-keys/{key}" { return }
        let reply = try await scene.send(word: "other")
        #expect((200...202).contains(reply.status), "\(reply.text)")
        #expect(reply[header: "idempotency-replayed"] == nil)
    }

    @Test("After a refusal the same key and body are carried out when they are right")
    func afterRefusal() async throws {
        let house = try await House()
        let body = #"{"agentId":"\#(house.agent)","phoneNumber":"+15005550001","callerId":"+15005550777"}"#
        let headers = ["idempotency-key": "k"]
        #expect(try await house.send(.post, "/api/v1/calls/outbound", body, headers: headers).status == 400)
        _ = try await house.send(
            .patch, "/api/v1/agents/\(house.agent)", #"{"phoneNumbers":["+15005550777"]}"#)
        let reply = try await house.send(.post, "/api/v1/calls/outbound", body, headers: headers)
        #expect(reply.status == 201)
        // And now it stays as it is, though it would be refused again.
        _ = try await house.send(.patch, "/api/v1/agents/\(house.agent)", #"{"phoneNumbers":[]}"#)
        let again = try await house.send(.post, "/api/v1/calls/outbound", body, headers: headers)
        #expect((again.status, again.text) == (201, reply.text))
    }

    @Test("What is not there or somebody else's comes before a key that is none")
    func order() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        let headers = ["idempotency-key": "é"]
        #expect(try await house.send(.delete, "/api/v1/calls/call_x", headers: headers).status == 404)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", key: .stranger, headers: headers).status == 403)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", key: .viewer, headers: headers).status == 403)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", key: .nobody, headers: headers).status == 401)
    }

    @Test("A key that is there twice is none")
    func twice() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        try await house.app.test(.live) { client in
            let port = try #require(client.port)
            let head = "DELETE /api/v1/calls/\(id) HTTP/1.1\r\nhost: a\r\nx-api-key: \(house.admin)\r\n"
            let keys = "idempotency-key: a\r\nidempotency-key: a\r\nconnection: close\r\n\r\n"
            let answer = try await Wire.talk(port, [head + keys])
            #expect(answer.hasPrefix("HTTP/1.1 400"))
            #expect(answer.contains("Idempotency-Key must be"))
        }
        #expect(try await house.send(.get, "/api/v1/calls/\(id)").data["status"].string == "initiated")
    }

    @Test("A DELETE that is repeated after a time-out answers the original 200, and without a key 400")
    func cancel() async throws {
        let house = try await House()
        let id = try await house.call(.active)
        let headers = ["idempotency-key": "k"]
        let first = try await house.send(.delete, "/api/v1/calls/\(id)?reason=a+b", headers: headers)
        let again = try await house.send(.delete, "/api/v1/calls/\(id)?reason=a+b", headers: headers)
        #expect((again.status, again.text) == (200, first.text))
        // The same place by another spelling.
        let slashed = try await house.send(.delete, "/api/v1/%63alls/\(id)/?reason=a+b", headers: headers)
        #expect((slashed.status, slashed.text) == (200, first.text))
        #expect(house.terminator.orders.count == 1)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)").status == 400)
    }

    @Test("A key is one API key's own: another one's request of the same name is another request")
    func scope() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        let headers = ["idempotency-key": "k"]
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", headers: headers).status == 200)
        let other = try await house.send(.delete, "/api/v1/calls/\(id)", key: .operator, headers: headers)
        #expect(other.status == 400)
        let second = try await house.scheduled()
        #expect(try await house.send(.delete, "/api/v1/calls/\(second)", headers: headers).status == 200)
    }

    @Test("A day later the answer is there, two days later it is not")
    func expiry() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        let headers = ["idempotency-key": "k"]
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", headers: headers).status == 200)
        house.clock.advance(by: .seconds(24 * 3600))
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", headers: headers).status == 200)
        house.clock.advance(by: .seconds(24 * 3600))
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", headers: headers).status == 400)
    }

    @Test("The secret of an API key is in the first answer only")
    func secret() async throws {
        let house = try await House()
        let body = #"{"name":"k","role":"viewer"}"#
        let headers = ["idempotency-key": "k"]
        let first = try await house.send(.post, "/api/v1/api-keys", body, headers: headers)
        let secret = try #require(first.data["key"].string)
        let again = try await house.send(.post, "/api/v1/api-keys", body, headers: headers)
        #expect(again.status == 201)
        #expect(again.data["key"].isNull)
        #expect(again.data["id"].string == first.data["id"].string)
        #expect(again.json["message"].string?.contains("first answer only") == true)
        #expect(!again.text.contains(secret))
        #expect(try await house.send(.get, "/api/v1/calls", key: .text(secret)).status == 200)
    }

    @Test("While the first one runs, the second is told to wait; LiveKit's webhook and GET know no such key")
    func running() async throws {
        let house = try await House()
        let id = try await house.call(.active)
        let terminator = HoldingTerminator()
        var services = house.services
        services.calls = Calls(
            store: house.store, agents: house.store, phone: house.phone, terminator: terminator, bell: Bell(),
            clock: house.clock, policy: Calls.Policy(defaultTrunk: "ST_1"))
        let logger = Logger(label: "api") { _ in BoxedLog(box: house.log) }
        let app = Application(responder: buildResponder(services, logger: logger), logger: logger)
        try await app.test(.router) { client in
            @Sendable func send(_ method: HTTPRequest.Method, _ path: String) async throws
                -> Reply
            {
                var headers: HTTPFields = [.authorization: "Bearer \(house.admin)"]
                if let name = HTTPField.Name("idempotency-key") { headers[name] = "k" }
                if let name = HTTPField.Name("prefer") { headers[name] = "wait=20" }
                return Reply(
                    try await client.executeRequest(
                        uri: path, method: method, headers: headers, body: nil))
            }
            async let first = send(.delete, "/api/v1/calls/\(id)")
            for await _ in terminator.asked { break }
            let second = try await send(.delete, "/api/v1/calls/\(id)")
            #expect((second.status, second[header: "retry-after"]) == (409, "1"))
            #expect(second.isErrorShape)
            #expect(try await send(.get, "/api/v1/calls/\(id)").data["status"].string == "cancelled")
            terminator.free()
            let answered = try await first
            #expect(answered.status == 200)
            let third = try await send(.delete, "/api/v1/calls/\(id)")
            #expect((third.status, third.text) == (200, answered.text))
        }
        let report = try await house.send(
            .post, "/api/v1/livekit/webhook", key: .nobody, "{}",
            headers: ["idempotency-key": "", "authorization": "livekit-token"])
        #expect(report.status == 200)
    }

    @Test("Of many at once one is carried out, and the others hear the same or to wait")
    func concurrent() async throws {
        let house = try await House()
        let body = #"{"agentId":"\#(house.agent)","phoneNumber":"+15005550001"}"#
        let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
            for _ in 0..<24 {
                group.addTask {
                    try await house.send(
                        .post, "/api/v1/calls/outbound", body, headers: ["idempotency-key": "k"])
                }
            }
            return try await group.reduce(into: [Reply]()) { $0.append($1) }
        }
        #expect(replies.allSatisfy { [201, 409].contains($0.status) })
        #expect(Set(replies.filter { $0.status == 201 }.map(\.text)).count == 1)
        #expect(replies.count { $0.status == 201 && $0[header: "idempotency-replayed"] == nil } == 1)
        #expect(try await house.send(.get, "/api/v1/calls").data["pagination"]["total"].int == 1)
    }
}

/// A terminator that is asked and does not come back until it is freed.
private final class HoldingTerminator: Terminator {
    let asked: AsyncStream<Void>
    private let ask: AsyncStream<Void>.Continuation
    private let freed: AsyncStream<Void>
    private let freedom: AsyncStream<Void>.Continuation

    init() {
        (asked, ask) = AsyncStream.makeStream()
        (freed, freedom) = AsyncStream.makeStream()
    }

    func free() { freedom.yield() }

    func terminate(_ lease: TerminationLease, untilVerified: Bool, limit: Moment) async -> TerminationProgress {
        ask.yield()
        for await _ in freed { break }
        return .deleted
    }

    func hangUpUnrecorded(_ attempt: Attempt, of call: CallID, limit: Moment) async -> TerminationProgress { .pending }
}
