import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite("Limits, request ids and logs")
struct LimitTests {
    @Test("A key that asks too much is told when to come back, and other keys are not")
    func rate() async throws {
        let house = try await House(limits: APILimits(rate: 2, burst: 4))
        for left in [3, 2, 1, 0] {
            let reply = try await house.send(.get, "/api/v1/agents")
            #expect(reply.status == 200)
            #expect(reply[header: "ratelimit-policy"] == #""key";q=4;w=2"#)
            #expect(reply[header: "ratelimit"] == #""key";r=\#(left);t=\#((4 - left + 1) / 2)"#)
        }
        let refused = try await house.send(.get, "/api/v1/agents")
        #expect(refused.text == #"{"error":{"message":"Rate limit exceeded","code":429}}"#)
        #expect(refused[header: "retry-after"] == "1")
        #expect(refused[header: "ratelimit"] == #""key";r=0;t=2"#)
        #expect(try await house.send(.get, "/api/v1/agents", key: .viewer).status == 200)
        house.clock.advance(by: .milliseconds(499))
        #expect(try await house.send(.get, "/api/v1/agents").status == 429)
        house.clock.advance(by: .milliseconds(1))
        #expect(try await house.send(.get, "/api/v1/agents").status == 200)
        #expect(try await house.send(.get, "/api/v1/agents").status == 429)
        house.clock.advance(by: .seconds(60))
        #expect(try await house.send(.get, "/api/v1/agents")[header: "ratelimit"] == #""key";r=3;t=1"#)
    }

    @Test("Nodes that serve beside each other share the rate, and whoever leaves gives its share back")
    func sharedRate() async throws {
        let nodes = NIOLockedValueBox(2)
        let house = try await House(limits: APILimits(rate: 2, burst: 4), nodes: { nodes.withLockedValue { $0 } })
        for left in [1, 0] {
            let reply = try await house.send(.get, "/api/v1/agents")
            #expect(reply.status == 200)
            #expect(reply[header: "ratelimit-policy"] == #""key";q=4;w=2"#)
            #expect(reply[header: "ratelimit"] == #""key";r=\#(left);t=\#(2 - left)"#)
        }
        #expect(try await house.send(.get, "/api/v1/agents").status == 429)
        house.clock.advance(by: .milliseconds(999))
        #expect(try await house.send(.get, "/api/v1/agents").status == 429)
        house.clock.advance(by: .milliseconds(1))
        #expect(try await house.send(.get, "/api/v1/agents").status == 200)
        // More nodes than requests in the burst: one at a time is left to each.
        nodes.withLockedValue { $0 = 8 }
        house.clock.advance(by: .seconds(60))
        #expect(try await house.send(.get, "/api/v1/agents").status == 200)
        #expect(try await house.send(.get, "/api/v1/agents")[header: "retry-after"] == "4")
        nodes.withLockedValue { $0 = 1 }
        house.clock.advance(by: .seconds(2))
        #expect(try await house.send(.get, "/api/v1/agents")[header: "ratelimit"] == #""key";r=3;t=1"#)
    }

    @Test("DELETE of a call is never limited, and takes nothing from the rate")
    func deleteIsFree() async throws {
        let house = try await House(limits: APILimits(rate: 1, burst: 3))
        let id = try await house.scheduled()
        _ = try await house.send(.get, "/api/v1/agents")
        _ = try await house.send(.get, "/api/v1/agents")
        #expect(try await house.send(.get, "/api/v1/agents").status == 429)
        let reply = try await house.send(.delete, "/api/v1/calls/\(id)")
        #expect(reply.status == 200)
        #expect(reply[header: "ratelimit"] == #""key";r=0;t=3"#)
        for _ in 0..<20 { #expect(try await house.send(.delete, "/api/v1/calls/\(id)").status == 400) }
    }

    @Test("A rate of 0 is no limit, and says nothing")
    func off() async throws {
        let house = try await House(limits: APILimits(rate: 0))
        for _ in 0..<300 { #expect(try await house.send(.get, "/api/v1/api-keys").status == 200) }
        #expect(try await house.send(.get, "/api/v1/agents")[header: "ratelimit"] == nil)
    }

    @Test("A clock that is set back neither refills nor locks")
    func clockSetBack() async throws {
        let house = try await House(limits: APILimits(rate: 1, burst: 2))
        _ = try await house.send(.get, "/api/v1/agents")
        house.clock.move(to: house.clock.now - .seconds(3600))
        #expect(try await house.send(.get, "/api/v1/agents").status == 200)
        #expect(try await house.send(.get, "/api/v1/agents").status == 429)
        house.clock.advance(by: .seconds(1))
        #expect(try await house.send(.get, "/api/v1/agents").status == 200)
    }

    @Test("401 comes before 429, and 429 before 404")
    func order() async throws {
        let house = try await House(limits: APILimits(rate: 1, burst: 1))
        _ = try await house.send(.get, "/api/v1/agents")
        #expect(try await house.send(.get, "/api/v1/nonesuch", key: .nobody).status == 401)
        #expect(try await house.send(.get, "/api/v1/nonesuch").status == 429)
        #expect(try await house.send(.get, "/api/v1/calls/call_x").status == 429)
    }

    @Test("A valid request id is kept, on successes and on errors")
    func keptID() async throws {
        let house = try await House()
        for id in ["a", "req-1.2_3", String(repeating: "x", count: 128)] {
            for path in ["/api/v1/calls", "/api/v1/calls/x", "/nonesuch", "/healthz"] {
                let reply = try await house.send(.get, path, headers: ["x-request-id": id])
                #expect(reply[header: "x-request-id"] == id)
            }
        }
    }

    @Test(
        "Any other request id is replaced",
        arguments: [
            "", "a b", "a\"b", "ü", "a/b", String(repeating: "x", count: 129), "{}",
        ])
    func replacedID(_ id: String) async throws {
        let house = try await House()
        let first = try await house.send(.get, "/api/v1/calls", headers: ["x-request-id": id])
        let second = try await house.send(.get, "/api/v1/calls", headers: ["x-request-id": id])
        #expect(first[header: "x-request-id"]?.hasPrefix("req_") == true)
        #expect(first[header: "x-request-id"] != second[header: "x-request-id"])
    }

    @Test("Every request is a line with its id, method, path, status, time, key and organization")
    func lines() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        _ = try await house.send(.get, "/api/v1/calls/\(id)?x=1", headers: ["x-request-id": "r-1"])
        let line = try #require(house.log.lines.last)
        #expect(
            line.metadata == [
                "request": "r-1", "method": "GET", "path": "/api/v1/calls/\(id)", "status": "400", "ms": "0",
                "key": "\(house.adminKey)", "organization": "acme",
            ])
    }

    @Test("No key, no phone number and no query gets into the log, wherever it is put")
    func secrets() async throws {
        let house = try await House()
        let made = try await house.send(.post, "/api/v1/api-keys", #"{"name":"k","role":"admin"}"#)
        let secret = try #require(made.data["key"].string)
        let texts = [secret, "+15005550001", "15005550001", "Grace"]
        for text in texts {
            for credential in [Credential.admin, .text(text)] {
                _ = try await house.send(.get, "/api/v1/calls/\(text)", key: credential)
                _ = try await house.send(
                    .get, "/\(text)?\(text)=\(text)", key: credential, headers: ["x-request-id": secret])
                _ = try await house.send(.get, "/api/v1/calls?q=\(text)&phoneNumber=\(text)", key: credential)
                _ = try await house.send(.delete, "/api/v1/calls/\(text)?reason=\(text)", key: credential)
                _ = try await house.send(
                    .post, "/api/v1/calls/outbound", key: credential, #"{"agentId":"\#(text)","\#(text)":1}"#)
                _ = try await house.send(
                    .get, "/api/v1/agents", key: .nobody, headers: ["authorization": "Bearer \(text)"])
            }
        }
        _ = try await house.scheduled(#","contactName":"Grace""#)
        #expect(house.log.lines.count > 40)
        for line in house.log.lines {
            let whole = line.text + line.metadata.map { "\($0)=\($1)" }.joined(separator: " ")
            for text in [secret, house.admin, "5005550001"] { #expect(!whole.contains(text), "\(whole)") }
            #expect(!whole.contains("?") && !whole.contains("reason="))
        }
    }

    @Test("A path with line ends or escapes cannot forge a line")
    func injection() async throws {
        let house = try await House()
        for path in ["/a%0d%0aforged", "/\u{1B}[31mred", "/\u{2028}x", "/" + String(repeating: "a", count: 5000)] {
            _ = try await house.send(.get, path)
        }
        for line in house.log.lines {
            let path = "\(line.metadata["path"] ?? "")"
            #expect(path.utf8.count < 300)
            #expect(path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{2028}" && $0.value != 0x7F })
        }
    }
}
