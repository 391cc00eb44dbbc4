import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite("Who may do what")
struct AccessTests {
    /// What each role gets where the request itself is right: true for a success.
    static func may(_ credential: Credential, _ route: Documented.Route) -> Bool {
        let isCalls = route.path.hasPrefix("/calls")
        let isAgents = ["/agents", "/organization"].contains { route.path.hasPrefix($0) }
        let isStops = ["/stops", "/operations", "/batches", "/suppressions"].contains { route.path.hasPrefix($0) }
        return switch credential {
        case .admin: true
        case .operator: isCalls || isStops || isAgents && route.method == .get
        case .viewer: (isCalls || isStops || isAgents) && route.method == .get
        case .worker, .stranger, .nobody, .text: false
        }
    }

    static func goodBody(_ route: Documented.Route, _ agent: AgentID) -> String? {
        switch (route.method, route.path) {
        case (.post, "/agents"): #"{"name":"New"}"#
        case (.patch, "/organization"): #"{"callWindow":{"start":"08:00","end":"20:00","timezone":"UTC"}}"#
        case (.patch, _): #"{"name":"Newer"}"#
        case (.post, "/api-keys"): #"{"name":"k","role":"viewer"}"#
        case (.post, "/calls/schedule"): #"{"agentId":"\#(agent)","contactPhone":"+15005550001"}"#
        case (.post, "/calls/outbound"): #"{"agentId":"\#(agent)","phoneNumber":"+15005550001"}"#
        case (.post, "/calls/batch"): #"{"agentId":"\#(agent)","calls":[{"contactPhone":"+15005550001"}]}"#
        case (.post, "/calls/cancel"): #"{"ids":["call_none"]}"#
        case (.post, "/suppressions"): #"{"phoneNumber":"+15005550004"}"#
        case (.post, "/stops"): #"{"scope":{"phoneNumber":"+15005550004"}}"#
        default: nil
        }
    }

    @Test("Every route asks for a key that is there, known, not revoked and not expired", arguments: Documented.keyed)
    func unauthorized(_ route: Documented.Route) async throws {
        let house = try await House()
        let call = try await house.scheduled()
        let keys = house.services.keys
        let revoked = try await keys.create(
            name: "r", role: .admin, expiresAt: nil, by: .commandLine(for: House.organization))
        _ = try await keys.revoke(revoked.key.id, by: .commandLine(for: House.organization))
        let expired = try await keys.create(
            name: "e", role: .admin, expiresAt: house.clock.now + .seconds(1),
            by: .commandLine(for: House.organization))
        house.clock.advance(by: .seconds(1))
        let path = try await house.path(of: route, call: call)
        for secret in [nil, "", "nonsense", "sb_" + String(repeating: "A", count: 38), revoked.secret, expired.secret] {
            let reply = try await house.send(
                route.method, path, key: secret.map { .text($0) } ?? .nobody, Self.goodBody(route, house.agent))
            #expect(reply.status == 401, "\(secret ?? "none")")
            #expect(reply.text == #"{"error":{"message":"Unauthorized","code":401}}"#)
        }
        #expect(try await house.send(.get, "/api/v1/calls/\(call)").data["status"].string == "initiated")
    }

    @Test("Every route takes the roles that it is for, and refuses the others by name", arguments: Documented.keyed)
    func roles(_ route: Documented.Route) async throws {
        for credential in [Credential.operator, .viewer, .worker, .admin] {
            let house = try await House()
            let call = try await house.scheduled()
            let path = try await house.path(of: route, call: call)
            let reply = try await house.send(route.method, path, key: credential, Self.goodBody(route, house.agent))
            if Self.may(credential, route) {
                #expect((200...202).contains(reply.status), "\(credential): \(reply.text)")
            } else {
                #expect(reply.status == 403, "\(credential): \(reply.text)")
                #expect(reply.message?.hasPrefix("Access denied - this key may not ") == true)
                #expect(reply.isErrorShape)
            }
        }
    }

    @Test("Another organization's key sees and changes nothing", arguments: Documented.keyed)
    func otherOrganization(_ route: Documented.Route) async throws {
        let house = try await House()
        let call = try await house.scheduled()
        let path = try await house.path(of: route, call: call)
        let before = try await snapshot(house, call)
        let reply = try await house.send(route.method, path, key: .stranger, Self.goodBody(route, house.agent))
        let namesAnAgent = ["/calls/schedule", "/calls/outbound", "/calls/batch"].contains(route.path)
        if route.path.contains("{") || namesAnAgent {
            let nouns = [
                "{key}": "API key", "{call}": "call", "{stop}": "stop", "{operation}": "operation", "{batch}": "batch",
                "{suppression}": "suppression",
            ]
            let noun = nouns.first { route.path.contains($0.key) }?.value ?? "agent"
            #expect(reply.status == 403, "\(reply.text)")
            #expect(reply.message == "Access denied - \(noun) belongs to different organization")
        } else {
            #expect((200...202).contains(reply.status))
            #expect(!reply.text.contains(call) && !reply.text.contains(house.agent.rawValue))
            #expect(!reply.text.contains(house.adminKey.rawValue))
        }
        #expect(try await snapshot(house, call) == before)
    }

    private func snapshot(_ house: House, _ call: String) async throws -> [String] {
        var texts: [String] = []
        for path in [
            "calls/\(call)", "calls", "agents", "api-keys", "stops", "batches", "suppressions", "organization",
        ] {
            texts.append(try await house.send(.get, "/api/v1/\(path)").text)
        }
        return texts
    }

    @Test("A revoked key is refused from the next request on")
    func revokedAtOnce() async throws {
        let house = try await House()
        let made = try await house.send(.post, "/api/v1/api-keys", #"{"name":"k","role":"operator"}"#)
        let secret = try #require(made.data["key"].string)
        let id = try #require(made.data["id"].string)
        #expect(try await house.send(.get, "/api/v1/calls", key: .text(secret)).status == 200)
        #expect(try await house.send(.delete, "/api/v1/api-keys/\(id)").status == 200)
        #expect(try await house.send(.get, "/api/v1/calls", key: .text(secret)).status == 401)
    }

    @Test("A secret is shown once and never again")
    func secretOnce() async throws {
        let house = try await House()
        let made = try await house.send(.post, "/api/v1/api-keys", #"{"name":"k","role":"viewer","expiresAt":null}"#)
        let secret = try #require(made.data["key"].string)
        #expect(made.data.names == ["createdAt", "expiresAt", "id", "key", "name", "revokedAt", "role"])
        let list = try await house.send(.get, "/api/v1/api-keys")
        #expect(!list.text.contains(secret))
        #expect(list.data["keys"].array.count == 5)
        #expect(list.data["keys"][0].names == ["createdAt", "expiresAt", "id", "name", "revokedAt", "role"])
    }

    @Test(
        "A key's fields are checked",
        arguments: [
            (#"{}"#, ["name", "role"]), (#"{"name":"","role":"admin"}"#, ["name"]),
            (#"{"name":"a","role":"root"}"#, ["role"]),
            (#"{"name":"a","role":"admin","expiresAt":"2020-01-01T00:00:00Z"}"#, ["expiresAt"]),
            (#"{"name":"a","role":"admin","expiresAt":"2030-01-01"}"#, ["expiresAt"]),
            (#"{"name":"a","role":"admin","expires":null}"#, ["expires"]),
            (#"{"name":7,"role":["admin"]}"#, ["name", "role"]),
        ])
    func keyFields(_ body: String, _ fields: [String]) async throws {
        let house = try await House()
        let reply = try await house.send(.post, "/api/v1/api-keys", body)
        #expect(reply.status == 400)
        #expect(reply.faults == fields)
    }

    @Test("For an agent of somebody else or of nobody, that comes before what is wrong with the rest")
    func agentFirst() async throws {
        let house = try await House()
        for path in ["schedule", "outbound"] {
            let foreign = #"{"agentId":"\#(house.strangersAgent)","priority":99,"nonesuch":1}"#
            let reply = try await house.send(.post, "/api/v1/calls/\(path)", foreign)
            #expect(reply.status == 403)
            #expect(reply.message == "Access denied - agent belongs to different organization")
            let nobodys = #"{"agentId":"550e8400-e29b-41d4-a716-446655440000","phoneNumber":"7"}"#
            let unknown = try await house.send(.post, "/api/v1/calls/\(path)", nobodys)
            #expect((unknown.status, unknown.message) == (404, "Agent not found"))
            let malformed = try await house.send(
                .post, "/api/v1/calls/\(path)", #"{"agentId":"7","phoneNumber":"+15005550001"}"#)
            #expect((malformed.status, malformed.message) == (400, "Invalid agent ID format"))
        }
    }
}
