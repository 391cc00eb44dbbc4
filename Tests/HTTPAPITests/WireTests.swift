import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import TestSupport
import Testing

@Suite("On the wire", .timeLimit(.minutes(1)))
struct WireTests {
    private static var limits: APILimits {
        var limits = APILimits(rate: 0)
        limits.bodyTime = .seconds(3)
        limits.idleTime = .seconds(6)
        return limits
    }

    private func talk(_ parts: [String], half: Bool = false) async throws -> String {
        let house = try await House(limits: Self.limits)
        return try await house.app.test(.live) { client in
            let port = try #require(client.port)
            let parts = parts.map { $0.replacing("KEY", with: house.admin) }
            return try await Wire.talk(port, parts, half: half)
        }
    }

    private func expectRefusal(_ answer: String, _ status: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)", sourceLocation: sourceLocation)
        #expect(answer.contains(#"{"error":{"message":""#), "\(answer)", sourceLocation: sourceLocation)
        #expect(answer.hasSuffix(#""code":\#(status)}}"#), "\(answer)", sourceLocation: sourceLocation)
        #expect(answer.lowercased().contains("connection: close"), sourceLocation: sourceLocation)
    }

    @Test(
        "Bytes that are no HTTP get an answer in the error shape, and the connection ends",
        arguments: [
            "\u{0}\u{1}\u{2}nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
            "GET / HTTP/1.1\r\nhost: a\r\nb\u{0}ad: x\r\n\r\n", "GET /\u{1} HTTP/1.1\r\n\r\n",
            "POST /api/v1/agents HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
            "POST /api/v1/agents HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n",
            "POST /api/v1/agents HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ])
    func notHTTP(_ bytes: String) async throws {
        expectRefusal(try await talk([bytes]), 400)
    }

    @Test("Header fields that are too large or too many are refused")
    func headers() async throws {
        expectRefusal(try await talk(["GET / HTTP/1.1\r\nx: \(String(repeating: "a", count: 40_000))\r\n\r\n"]), 400)
        let many = (0..<200).map { "x\($0): y\r\n" }.joined()
        expectRefusal(try await talk(["GET / HTTP/1.1\r\n\(many)\r\n"]), 400)
    }

    @Test("What came before the nonsense is answered first")
    func pipelined() async throws {
        let answer = try await talk([
            "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\nGET /readyz HTTP/1.1\r\nhost: a\r\n\r\n\u{1}\u{2}\r\n"
        ])
        let parts = answer.components(of: "HTTP/1.1 ")
        #expect(parts.count == 3, "\(answer)")
        #expect(parts.first?.contains(#"{"data":{"status":"ok"}}"#) == true)
        expectRefusal("HTTP/1.1 " + (parts.last ?? ""), 400)
    }

    @Test("A body that does not arrive in time is 408")
    func slowBody() async throws {
        let answer = try await talk([
            "POST /api/v1/agents HTTP/1.1\r\nhost: a\r\nx-api-key: KEY\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
            "\"",
        ])
        expectRefusal(answer, 408)
        let chunked = try await talk([
            "POST /api/v1/agents HTTP/1.1\r\nhost: a\r\nx-api-key: KEY\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n"
        ])
        expectRefusal(chunked, 408)
    }

    @Test("A body that nobody waits for does not hold the connection either")
    func slowUnwantedBody() async throws {
        let answer = try await talk(["POST /api/v1/agents HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n\r\n{"])
        #expect(answer.hasPrefix("HTTP/1.1 401 "))
        #expect(answer.hasSuffix("}}"))
    }

    @Test(
        "Half a head, and no head at all, end with the connection",
        arguments: ["", "GET /healthz HTT", "GET / HTTP/1.1\r\nhost: "])
    func slowHead(_ bytes: String) async throws {
        #expect(try await talk([bytes]) == "")
    }

    @Test("A body that is too large is 413, announced or not")
    func large() async throws {
        let head = "POST /api/v1/agents HTTP/1.1\r\nhost: a\r\nx-api-key: KEY\r\n"
        expectRefusal(try await talk([head + "content-length: 2000000\r\n\r\n"]), 413)
        let chunk = "10000\r\n\(String(repeating: " ", count: 0x10000))\r\n"
        let chunks = Array(repeating: chunk, count: 24)
        expectRefusal(try await talk([head + "transfer-encoding: chunked\r\n\r\n"] + chunks), 413)
    }

    @Test("A body that is cut off by its client changes nothing and hurts nobody")
    func cutOff() async throws {
        var limits = Self.limits
        // The client that looks afterwards keeps one connection all the while.
        limits.idleTime = .seconds(60)
        let house = try await House(limits: limits)
        try await house.app.test(.live) { client in
            let port = try #require(client.port)
            for _ in 0..<5 {
                _ = try await Wire.talk(
                    port,
                    [
                        "POST /api/v1/agents HTTP/1.1\r\nhost: a\r\nx-api-key: \(house.admin)\r\ncontent-length: 50\r\n\r\n",
                        #"{"name":"x"}"#,
                    ], half: true)
            }
            let answer = try await client.execute(
                uri: "/api/v1/agents", method: .get, headers: [.authorization: "Bearer \(house.admin)"])
            #expect(Reply(answer).data["pagination"]["total"].int == 1)
        }
    }

    @Test("A whole life of a call over one connection")
    func works() async throws {
        let house = try await House()
        try await house.app.test(.live) { client in
            let headers: HTTPFields = [.authorization: "Bearer \(house.admin)", .contentType: "application/json"]
            let made = Reply(
                try await client.execute(
                    uri: "/api/v1/calls/outbound", method: .post, headers: headers,
                    body: ByteBuffer(string: #"{"agentId":"\#(house.agent)","phoneNumber":"+15005550001"}"#)))
            let id = try #require(made.data["id"].string)
            let deleted = Reply(
                try await client.execute(uri: "/api/v1/calls/\(id)", method: .delete, headers: headers))
            #expect(deleted.status == 200)
            let got = Reply(try await client.execute(uri: "/api/v1/calls/\(id)", method: .get, headers: headers))
            #expect(got.data["status"].string == "cancelled")
            let missing = Reply(try await client.execute(uri: "/nonesuch", method: .get))
            #expect(missing.isErrorShape)
        }
    }

    @Test(
        "An HTTP/1.0 client and one that asks for a close get their answer and the end",
        arguments: [
            "GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        ])
    func closes(_ bytes: String) async throws {
        let answer = try await talk([bytes])
        #expect(answer.contains(" 200 ") && answer.hasSuffix(#"{"data":{"status":"ok"}}"#), "\(answer)")
    }
}

extension String {
    fileprivate func components(of separator: String) -> [Substring] { split(separator: separator) }
}
