import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite("/api/v1/agents")
struct AgentTests {
    static let members = [
        "agentName", "breaker", "callWindow", "callsPerSecond", "config", "createdAt", "id", "instructions",
        "maxCallDuration",
        "maxConcurrentCalls", "model",
        "name", "phoneNumbers", "ringingTimeout", "status", "trunkId", "type", "updatedAt",
    ]

    @Test("An agent is made with what is given, and the rest has its defaults")
    func create() async throws {
        let house = try await House()
        let reply = try await house.send(
            .post, "/api/v1/agents",
            #"{"name":"Eve","type":"voice","agentName":"eve","instructions":"Be\nkind","model":"m","config":{"t": 1.0},"phoneNumbers":["+15005550100","+15005550101"],"trunkId":"ST_1","ringingTimeout":75,"maxCallDuration":14400,"status":"inactive","maxConcurrentCalls":null,"callsPerSecond":null}"#
        )
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.data.names == Self.members)
        #expect(reply.text.contains(#""config":{"t": 1.0}"#))
        #expect(reply.data["instructions"].string == "Be\nkind")
        #expect(reply.data["status"].string == "inactive")
        let id = try #require(reply.data["id"].string)
        #expect(try await house.send(.get, "/api/v1/agents/\(id)").data["name"].string == "Eve")
        let small = try await house.send(.post, "/api/v1/agents", #"{"name":"Min"}"#)
        #expect(small.data["ringingTimeout"].int == 30)
        #expect(small.data["maxCallDuration"].int == 3600)
        #expect(small.data["status"].string == "active")
        #expect(small.data["agentName"].isNull && small.data["maxConcurrentCalls"].isNull)
    }

    @Test("Its limits are kept, changed and taken away")
    func limits() async throws {
        let house = try await House()
        let made = try await house.send(
            .post, "/api/v1/agents", #"{"name":"Eve","maxConcurrentCalls":7,"callsPerSecond":0.25}"#)
        #expect(made.data["maxConcurrentCalls"].int == 7)
        #expect(made.text.contains(#""callsPerSecond":0.25"#))
        let path = "/api/v1/agents/\(try #require(made.data["id"].string))"
        let changed = try await house.send(.patch, path, #"{"callsPerSecond":30}"#)
        #expect(changed.data["maxConcurrentCalls"].int == 7)
        #expect(changed.data["callsPerSecond"].int == 30)
        let freed = try await house.send(.patch, path, #"{"maxConcurrentCalls":null,"callsPerSecond":null}"#)
        #expect(freed.data["maxConcurrentCalls"].isNull && freed.data["callsPerSecond"].isNull)
        #expect(try await house.send(.get, path).data["callsPerSecond"].isNull)
    }

    @Test("Its circuit breaker has defaults, is changed as a whole and taken away")
    func breaker() async throws {
        let house = try await House()
        let made = try await house.send(.post, "/api/v1/agents", #"{"name":"Eve","breaker":{"failureShare":0.5}}"#)
        let first = made.data["breaker"]
        #expect((first["minAttempts"].int, first["windowMinutes"].int, first["pauseMinutes"].int) == (20, 10, 15))
        #expect(made.text.contains(#""failureShare":0.5"#))
        let path = "/api/v1/agents/\(try #require(made.data["id"].string))"
        let other = #"{"breaker":{"failureShare":0.25,"minAttempts":5,"windowMinutes":60,"pauseMinutes":null}}"#
        let changed = try await house.send(.patch, path, other).data["breaker"]
        #expect((changed["minAttempts"].int, changed["windowMinutes"].int) == (5, 60))
        #expect(changed["pauseMinutes"].isNull)
        #expect(try await house.send(.patch, path, #"{"name":"E"}"#).data["breaker"]["minAttempts"].int == 5)
        #expect(try await house.send(.patch, path, #"{"breaker":null}"#).data["breaker"].isNull)
        #expect(try await house.send(.get, path).data["breaker"].isNull)
    }

    @Test(
        "A field that is wrong is named",
        arguments: [
            (#"{}"#, "name"), (#"{"name":null}"#, "name"), (#"{"name":""}"#, "name"),
            (#"{"name":"a","type":"chat"}"#, "type"),
            (#"{"name":"a","ringingTimeout":4}"#, "ringingTimeout"),
            (#"{"name":"a","ringingTimeout":76}"#, "ringingTimeout"),
            (#"{"name":"a","maxCallDuration":9}"#, "maxCallDuration"),
            (#"{"name":"a","maxCallDuration":14401}"#, "maxCallDuration"),
            (#"{"name":"a","phoneNumbers":"+15005550100"}"#, "phoneNumbers"),
            (#"{"name":"a","phoneNumbers":["1"]}"#, "phoneNumbers[0]"),
            (#"{"name":"a","phoneNumbers":["+15005550100","+15005550100"]}"#, "phoneNumbers[1]"),
            (#"{"name":"a","config":[]}"#, "config"),
            (#"{"name":"a","status":"paused"}"#, "status"),
            (#"{"name":"a","maxConcurrentCalls":0}"#, "maxConcurrentCalls"),
            (#"{"name":"a","maxConcurrentCalls":1.5}"#, "maxConcurrentCalls"),
            (#"{"name":"a","callsPerSecond":0}"#, "callsPerSecond"),
            (#"{"name":"a","callsPerSecond":1001}"#, "callsPerSecond"),
            (#"{"name":"a","callsPerSecond":"1"}"#, "callsPerSecond"), (#"{"name":"a","agentname":"x"}"#, "agentname"),
            (#"{"name":"a","breaker":true}"#, "breaker"), (#"{"name":"a","breaker":{}}"#, "breaker.failureShare"),
            (#"{"name":"a","breaker":{"failureShare":0}}"#, "breaker.failureShare"),
            (#"{"name":"a","breaker":{"failureShare":1.1}}"#, "breaker.failureShare"),
            (#"{"name":"a","breaker":{"failureShare":1,"minAttempts":0}}"#, "breaker.minAttempts"),
            (#"{"name":"a","breaker":{"failureShare":1,"windowMinutes":61}}"#, "breaker.windowMinutes"),
            (#"{"name":"a","breaker":{"failureShare":1,"pauseMinutes":0}}"#, "breaker.pauseMinutes"),
            (#"{"name":"a","breaker":{"failureShare":1,"pause":1}}"#, "breaker.pause"),
            (#"{"name":"a","trunkId":7}"#, "trunkId"), (#"{"name":"a\u0000"}"#, "name"),
        ])
    func faults(_ body: String, _ name: String) async throws {
        let house = try await House()
        let reply = try await house.send(.post, "/api/v1/agents", body)
        #expect(reply.status == 400)
        #expect(reply.faults == [name], "\(reply.text)")
        #expect(try await house.send(.get, "/api/v1/agents").data["agents"].array.count == 1)
    }

    @Test("PATCH changes what is given and leaves the rest; null takes away what may be missing")
    func update() async throws {
        let house = try await House()
        let path = "/api/v1/agents/\(house.agent)"
        house.clock.advance(by: .seconds(1))
        let first = try await house.send(.patch, path, #"{"agentName":"ada","trunkId":"ST_2","ringingTimeout":10}"#)
        #expect(first.status == 200)
        #expect(first.data["name"].string == "Ada")
        #expect(first.data["agentName"].string == "ada")
        #expect(first.data["updatedAt"].string == house.clock.now.description)
        let second = try await house.send(.patch, path, #"{"agentName":null}"#)
        #expect(second.data["agentName"].isNull)
        #expect(second.data["trunkId"].string == "ST_2")
        #expect(second.data["ringingTimeout"].int == 10)
        for field in ["name", "status", "phoneNumbers", "ringingTimeout", "maxCallDuration", "type"] {
            #expect(try await house.send(.patch, path, #"{"\#(field)":null}"#).faults == [field])
        }
    }

    @Test("DELETE switches an agent off, and PATCH on again")
    func deactivate() async throws {
        let house = try await House()
        let path = "/api/v1/agents/\(house.agent)"
        #expect(try await house.send(.delete, path).data["status"].string == "inactive")
        #expect(try await house.send(.delete, path).status == 200)
        #expect(try await house.send(.patch, path, #"{"status":"active"}"#).data["status"].string == "active")
    }

    @Test("The list is paged")
    func list() async throws {
        let house = try await House()
        for index in 0..<5 { _ = try await house.send(.post, "/api/v1/agents", #"{"name":"n\#(index)"}"#) }
        let reply = try await house.send(.get, "/api/v1/agents?limit=4&offset=1")
        #expect(reply.data["agents"].array.count == 4)
        #expect(reply.data["pagination"]["total"].int == 6)
        #expect(reply.data["pagination"]["hasMore"].bool == true)
        #expect(
            try await house.send(.get, "/api/v1/agents?limit=4&offset=2").data["pagination"]["hasMore"].bool == false)
        #expect(try await house.send(.get, "/api/v1/agents?limit=1000").faults == ["limit"])
        #expect(try await house.send(.get, "/api/v1/agents?offset=9223372036854775807").status == 200)
    }
}
