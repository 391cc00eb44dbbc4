import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import TestSupport
import Testing

/// Every route that the API documents, for the tables that go over all of them.
enum Documented {
    struct Route: Sendable, CustomTestStringConvertible {
        let method: HTTPRequest.Method
        let path: String
        let takesBody: Bool
        var testDescription: String { "\(method) \(path)" }

        init(_ method: HTTPRequest.Method, _ path: String, body: Bool = false) {
            self.method = method
            self.path = path
            takesBody = body
        }

        func path(
            call: String, agent: String, key: String, stop: String = "stop_1", operation: String = "op_1",
            batch: String = "batch_1", suppression: String = "sup_1"
        ) -> String {
            "/api/v1"
                + path.replacing("{call}", with: call).replacing("{agent}", with: agent).replacing("{key}", with: key)
                .replacing("{stop}", with: stop).replacing("{operation}", with: operation)
                .replacing("{batch}", with: batch).replacing("{suppression}", with: suppression)
        }
    }

    static let keyed: [Route] = [
        Route(.get, "/agents"), Route(.post, "/agents", body: true), Route(.get, "/agents/{agent}"),
        Route(.patch, "/agents/{agent}", body: true), Route(.delete, "/agents/{agent}"),
        Route(.get, "/organization"), Route(.patch, "/organization", body: true),
        Route(.get, "/api-keys"), Route(.post, "/api-keys", body: true), Route(.delete, "/api-keys/{key}"),
        Route(.post, "/calls/schedule", body: true), Route(.post, "/calls/outbound", body: true), Route(.get, "/calls"),
        Route(.get, "/calls/{call}"), Route(.get, "/calls/{call}/events"), Route(.get, "/audit"),
        Route(.delete, "/calls/{call}", body: true), Route(.get, "/calls/{call}/explain"),
        Route(.post, "/calls/cancel", body: true), Route(.get, "/operations/{operation}"),
        Route(.get, "/operations/{operation}/results"), Route(.post, "/stops", body: true), Route(.get, "/stops"),
        Route(.get, "/stops/{stop}"), Route(.delete, "/stops/{stop}", body: true),
        Route(.post, "/calls/batch", body: true), Route(.get, "/batches"), Route(.get, "/batches/{batch}"),
        Route(.delete, "/batches/{batch}", body: true), Route(.post, "/suppressions", body: true),
        Route(.get, "/suppressions"), Route(.get, "/suppressions/{suppression}"),
        Route(.delete, "/suppressions/{suppression}", body: true),
    ]
}

@Suite("Bad input is an answer")
struct GarbageTests {
    /// Bodies that no route takes, with the answer.
    static let bodies: [(String, [UInt8], Int)] = [
        ("no JSON", Array("hello".utf8), 400),
        ("cut off", Array(#"{"name":"#.utf8), 400),
        ("two values", Array("{}{}".utf8), 400),
        ("an array", Array("[]".utf8), 400),
        ("a number", Array("7".utf8), 400),
        ("null", Array("null".utf8), 400),
        ("a trailing comma", Array(#"{"name":"a",}"#.utf8), 400),
        ("a comment", Array("/**/{}".utf8), 400),
        ("a member twice", Array(#"{"reason":"a","reason":"b"}"#.utf8), 400),
        ("an unknown field", Array(#"{"nonesuch":1}"#.utf8), 400),
        ("a huge number", Array(#"{"reason":1e999}"#.utf8), 400),
        ("a number of many digits", Array(("{\"reason\":" + String(repeating: "9", count: 5000) + "}").utf8), 400),
        ("leading zeros", Array(#"{"reason":007}"#.utf8), 400),
        ("NaN", Array(#"{"reason":NaN}"#.utf8), 400),
        ("half a surrogate", Array(#"{"reason":"\ud800"}"#.utf8), 400),
        ("a raw control character", Array("{\"reason\":\"\u{1}\"}".utf8), 400),
        ("an escaped NUL", Array(#"{"reason":"\u0000","name":"\u0000"}"#.utf8), 400),
        ("invalid UTF-8", [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D], 400),
        ("an overlong NUL", Array(#"{"reason":""#.utf8) + [0xC0, 0x80] + Array(#""}"#.utf8), 400),
        ("UTF-16", [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], 400),
        ("33 levels", Array((String(repeating: "[", count: 33) + String(repeating: "]", count: 33)).utf8), 400),
        ("10,000 levels", Array(String(repeating: "[", count: 10_000).utf8), 400),
        ("100,000 objects deep", Array(String(repeating: #"{"a":"#, count: 100_000).utf8), 400),
        ("2 MiB", Array(repeating: 0x20, count: 2 << 20), 413),
    ]

    @Test("A body that no route takes", arguments: Documented.keyed.filter(\.takesBody))
    func bodies(_ route: Documented.Route) async throws {
        let house = try await House()
        let call = try await house.scheduled()
        let path = try await house.path(of: route, call: call)
        let before = try await house.send(.get, "/api/v1/calls").data["pagination"]["total"].int
        for (name, bytes, status) in Self.bodies {
            let reply = try await house.send(route.method, path, bytes: bytes)
            // A batch may be larger.
            let expected = status == 413 && route.path == "/calls/batch" ? 400 : status
            #expect(reply.status == expected, "\(name): \(reply.text)")
            #expect(reply.isErrorShape, "\(name): \(reply.text)")
        }
        #expect(try await house.send(.get, "/api/v1/calls").data["pagination"]["total"].int == before)
        #expect(try await house.send(.get, "/api/v1/calls/\(call)").data["status"].string == "initiated")
    }

    /// A few members are compared one by one, many by a set.
    @Test(
        "A member twice is 400, of however many; each once is good",
        arguments: [
            ([0, 0], 400), (Array(0..<15) + [3], 400), (Array(0..<16) + [0], 400), (Array(0..<16) + [15], 400),
            (Array(0..<17) + [16], 400), (Array(0..<40) + [1], 400), (Array(0..<40) + [39], 400), (Array(0..<40), 201),
        ])
    func membersTwice(_ members: [Int], _ status: Int) async throws {
        let house = try await House()
        let metadata = members.map { #""m\#($0)":1"# }.joined(separator: ",")
        let reply = try await house.send(
            .post, "/api/v1/calls/schedule",
            #"{"agentId":"\#(house.agent)","contactPhone":"+15005550001","metadata":{\#(metadata)}}"#)
        #expect(reply.status == status, "\(reply.text)")
        if status == 400 { #expect(reply.text.contains("a member is there twice"), "\(reply.text)") }
    }

    @Test(
        "A body of another type is 415",
        arguments: [
            "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "application/json; charset=latin1",
            "json", "",
        ])
    func types(_ type: String) async throws {
        let house = try await House()
        for path in ["/api/v1/calls/schedule", "/api/v1/agents"] {
            let reply = try await house.send(.post, path, #"{}"#, headers: ["content-type": type])
            #expect(reply.status == 415, "\(type)")
            #expect(reply.isErrorShape)
        }
    }

    @Test("A compressed body is 415")
    func compressed() async throws {
        let house = try await House()
        let reply = try await house.send(.post, "/api/v1/agents", "{}", headers: ["content-encoding": "gzip"])
        #expect(reply.status == 415)
    }

    @Test(
        "JSON may say its charset, and may be a JSON of its own kind",
        arguments: [
            "application/json", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
            "application/hal+json",
        ])
    func goodTypes(_ type: String) async throws {
        let house = try await House()
        let reply = try await house.send(.post, "/api/v1/agents", #"{"name":"a"}"#, headers: ["content-type": type])
        #expect(reply.status == 201)
    }

    @Test(
        "An id that is none is a plain 404",
        arguments: [
            "x", "call_doesnotexist", "..", "%2e%2e", "%00", "%ff", "%zz", "%", "a%2Fb", "call_%22'", "'%20OR%201=1--",
            "+15005550001",
        ])
    func ids(_ id: String) async throws {
        let house = try await House()
        for (method, path) in [
            (HTTPRequest.Method.get, "calls"), (.delete, "calls"), (.get, "agents"), (.patch, "agents"),
            (.delete, "agents"),
            (.delete, "api-keys"),
        ] {
            let reply = try await house.send(method, "/api/v1/\(path)/\(id)")
            #expect(reply.status == 404, "\(method) \(path)/\(id)")
            #expect(reply.isErrorShape)
        }
        let long = String(repeating: "a", count: 20_000)
        #expect(try await house.send(.get, "/api/v1/calls/\(long)").status == 404)
    }

    @Test(
        "What is not there is 404 in the error shape, behind the key where the API is",
        arguments: [
            "/", "", "/api", "/api/v2/calls", "/nonesuch", "/healthz/x", "//", "/api/v1", "/api/v1/",
            "/api/v1/nonesuch",
            "/api/v1/calls/a/b", "/api/v1//calls", "/API/V1/calls",
        ])
    func unknownRoutes(_ path: String) async throws {
        let house = try await House()
        let reply = try await house.send(.get, path)
        #expect((reply.status, reply.message) == (404, "Not found"))
        #expect(reply.isErrorShape)
        let nobody = try await house.send(.get, path, key: .nobody)
        #expect(nobody.status == (path.hasPrefix("/api/v1") ? 401 : 404))
    }

    @Test(
        "A wrong method is 405 and names the right ones",
        arguments: [
            (HTTPRequest.Method.put, "/api/v1/calls", "GET, HEAD"), (.delete, "/api/v1/calls/", "GET, HEAD"),
            (.post, "/api/v1/calls/call_1", "GET, HEAD, PATCH, DELETE"),
            (.patch, "/api/v1/batches/batch_1", "GET, HEAD, DELETE"),
            (.post, "/api/v1/agents/a", "GET, HEAD, PATCH, DELETE"), (.get, "/api/v1/livekit/webhook", "POST"),
            (.post, "/healthz", "GET, HEAD"), (.options, "/readyz", "GET, HEAD"),
        ])
    func methods(_ method: HTTPRequest.Method, _ path: String, _ allow: String) async throws {
        let house = try await House()
        let reply = try await house.send(method, path)
        #expect(reply.status == 405)
        #expect(reply[header: "allow"] == allow)
        #expect(reply.isErrorShape)
    }

    @Test("HEAD answers as GET does, without the body")
    func head() async throws {
        let house = try await House()
        let head = try await house.send(.head, "/api/v1/calls")
        let get = try await house.send(.get, "/api/v1/calls")
        #expect((head.status, head.text) == (200, ""))
        #expect(head[header: "content-length"] == "\(get.text.utf8.count)")
    }

    @Test("Random queries are answered, or refused in the error shape")
    func randomQueries() async throws {
        let house = try await House()
        _ = try await house.scheduled()
        var seed: UInt64 = 0xCAFE
        func next() -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 40)
        }
        let words = [
            "limit", "offset", "cursor", "q", "status", "sortBy", "startDate", "agentId", "=", "&", "%", "%41", "%00",
            "%ff", "+",
            "1", "-1", "active", ",", "2026-03-01T00:00:00Z", "#", "?", ";", "[]", "'", "é", " ",
        ]
        for _ in 0..<400 {
            let query = (0..<(next() % 8)).map { _ in words[next() % words.count] }.joined()
            let reply = try await house.send(.get, "/api/v1/calls?\(query)")
            #expect(reply.status == 200 || reply.status == 400 && reply.isErrorShape, "\(query): \(reply.text)")
        }
    }

    @Test("Random bytes never get anything but a 4xx in the error shape")
    func random() async throws {
        let house = try await House()
        var seed: UInt64 = 0x5EED
        func next() -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return seed >> 33
        }
        let shapes = Array(#"{}[]":,0123456789eE+-.\utrnfalse agentId"#.utf8)
        for round in 0..<400 {
            let length = Int(next() % 60)
            let bytes = (0..<length).map { _ in
                round % 2 == 0 ? UInt8(truncatingIfNeeded: next()) : shapes[Int(next()) % shapes.count]
            }
            let reply = try await house.send(.post, "/api/v1/calls/schedule", bytes: bytes)
            #expect((400..<500).contains(reply.status) && reply.isErrorShape, "\(bytes): \(reply.text)")
        }
    }
}
