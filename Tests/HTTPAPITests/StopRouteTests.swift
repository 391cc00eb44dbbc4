import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import SQLiteStore
import TestSupport
import Testing

@Suite("Stops")
struct StopRouteTests {
    static let members = [
        "createdAt", "createdBy", "drain", "id", "inForce", "kind", "live", "queue", "reason", "releaseReason",
        "releasedAt",
        "releasedBy", "scope", "until",
    ]
    static let drain = [
        "cancelled", "done", "doneAt", "held", "matched", "notCancellable", "operationId", "terminationsPending",
        "terminationsVerified",
    ]

    @Test("A stop is in force at once, drains, and says how far that is")
    func set() async throws {
        let house = try await House()
        let waiting = try await house.scheduled()
        let live = try await house.call(.active)
        let reply = try await house.send(.post, "/api/v1/stops", #"{"scope":{"all":true},"reason":"fire"}"#)
        #expect(reply.status == 201)
        #expect(reply.data.names == Self.members)
        #expect(reply.data["drain"].names == Self.drain)
        #expect(reply.data["scope"]["all"].bool == true)
        #expect(reply.data["inForce"].bool == true)
        #expect((reply.data["live"].string, reply.data["queue"].string) == ("hangup", "cancel"))
        #expect(reply.data["createdBy"].string == house.adminKey.rawValue)
        #expect(reply.data["drain"]["done"].bool == false)
        let id = try #require(reply.data["id"].string)
        try await house.carryOut()
        let drained = try await house.send(.get, "/api/v1/stops/\(id)").data["drain"]
        #expect((drained["matched"].int, drained["cancelled"].int, drained["done"].bool) == (2, 2, true))
        #expect((drained["terminationsPending"].int, drained["terminationsVerified"].int) == (1, 0))
        for call in [waiting, live] {
            let data = try await house.send(.get, "/api/v1/calls/\(call)").data
            #expect(data["status"].string == "cancelled")
            #expect(data["cancelledBy"]["reason"].string == "fire")
        }
        // What comes later is accepted, and held.
        let later = try await house.scheduled()
        let held = try await house.send(.get, "/api/v1/calls/\(later)").data["queue"]
        #expect(held["state"].string == "held")
        #expect((held["heldBy"][0]["kind"].string, held["heldBy"][0]["id"].string) == ("stop", id))
    }

    @Test("A release lets go what was held, once")
    func release() async throws {
        let house = try await House()
        let id = try await house.stop(#"{"agentId":"\#(house.agent)"}"#, #","queue":"hold","live":"leave""#)
        let call = try await house.scheduled()
        let path = "/api/v1/stops/\(id)"
        let other = try await house.send(.delete, path, #"{"reason":"a"}"#, headers: [:])
        #expect(other.status == 200)
        #expect(other.data["inForce"].bool == false)
        #expect(other.data["releasedAt"].string == house.clock.now.description)
        #expect((other.data["releasedBy"].string, other.data["releaseReason"].string) == (house.adminKey.rawValue, "a"))
        try await house.carryOut()
        #expect(try await house.send(.get, "/api/v1/calls/\(call)").data["queue"]["state"].string == "scheduled")
        let again = try await house.send(.delete, path)
        #expect((again.status, again.message) == (400, "Stop was released already"))
    }

    @Test("A stop says until when it is in force")
    func until() async throws {
        let house = try await House()
        let until = house.clock.now + .seconds(90)
        let id = try await house.stop(#"{"all":true}"#, #","until":"\#(until)""#)
        #expect(try await house.send(.get, "/api/v1/stops/\(id)").data["until"].string == until.description)
        let forGood = try await house.stop()
        #expect(try await house.send(.get, "/api/v1/stops/\(forGood)").data["until"].isNull)
    }

    @Test("The reason of a release may stand in the query")
    func reasonInQuery() async throws {
        let house = try await House()
        let id = try await house.stop()
        let reply = try await house.send(.delete, "/api/v1/stops/\(id)?reason=all+clear")
        #expect(reply.data["releaseReason"].string == "all clear")
    }

    @Test(
        "What is wrong with a stop is named, and nothing is stopped",
        arguments: [
            (#"{}"#, ["scope"]), (#"{"scope":null}"#, ["scope"]), (#"{"scope":"all"}"#, ["scope"]),
            (#"{"scope":{}}"#, ["scope"]), (#"{"scope":{"all":false}}"#, ["scope.all"]),
            (#"{"scope":{"all":true,"phoneNumber":"+15005550001"}}"#, ["scope"]),
            (#"{"scope":{"agentID":"x"}}"#, ["scope.agentID"]), (#"{"scope":{"agentId":"7"}}"#, ["scope.agentId"]),
            (#"{"scope":{"batchId":"a b"}}"#, ["scope.batchId"]),
            (#"{"scope":{"phoneNumber":"1"}}"#, ["scope.phoneNumber"]),
            (#"{"scope":{"all":true},"live":"no"}"#, ["live"]), (#"{"scope":{"all":true},"queue":"no"}"#, ["queue"]),
            (#"{"scope":{"all":true},"reasons":"x"}"#, ["reasons"]),
            (#"{"scope":{"all":true},"reason":7}"#, ["reason"]),
            (#"{"scope":{"all":true},"until":"2020-01-01T00:00:00Z"}"#, ["until"]),
            (#"{"scope":{"all":true},"until":"tomorrow"}"#, ["until"]),
        ])
    func faults(_ body: String, _ fields: [String]) async throws {
        let house = try await House()
        let reply = try await house.send(.post, "/api/v1/stops", body)
        #expect(reply.status == 400, "\(reply.text)")
        #expect(reply.faults == fields, "\(reply.text)")
        #expect(try await house.send(.get, "/api/v1/stops").data["stops"].array.isEmpty)
    }

    @Test("A scope that names nothing, or somebody else's, stops nothing")
    func unknownScope() async throws {
        let house = try await House()
        func post(_ scope: String) async throws -> (Int, String?) {
            // Both come before what is wrong with the rest.
            let reply = try await house.send(.post, "/api/v1/stops", #"{"scope":\#(scope),"live":"x"}"#)
            return (reply.status, reply.message)
        }
        #expect(try await post(#"{"agentId":"550e8400-e29b-41d4-a716-446655440009"}"#) == (404, "Agent not found"))
        #expect(try await post(#"{"batchId":"batch_1"}"#) == (404, "Batch not found"))
        #expect(
            try await post(#"{"agentId":"\#(house.strangersAgent)"}"#)
                == (403, "Access denied - agent belongs to different organization"))
        #expect(try await house.send(.get, "/api/v1/stops").data["stops"].array.isEmpty)
    }

    @Test("Stops are listed newest first, by their state")
    func list() async throws {
        let house = try await House()
        var ids: [String] = []
        for _ in 0..<3 {
            ids.append(try await house.stop())
            house.clock.advance(by: .milliseconds(1))
        }
        _ = try await house.send(.delete, "/api/v1/stops/\(ids[1])")
        func list(_ query: String) async throws -> [String] {
            let reply = try await house.send(.get, "/api/v1/stops\(query)")
            #expect(reply.status == 200, "\(reply.text)")
            return reply.data["stops"].array.compactMap { $0["id"].string }
        }
        #expect(try await list("") == [ids[2], ids[1], ids[0]])
        #expect(try await list("?state=inForce") == [ids[2], ids[0]])
        #expect(try await list("?state=released") == [ids[1]])
        #expect(try await list("?limit=1&offset=1") == [ids[1]])
        #expect(try await house.send(.get, "/api/v1/stops?limit=1").data["pagination"]["hasMore"].bool == true)
        for query in ["state=on", "limit=0", "cursor=x"] {
            #expect(try await house.send(.get, "/api/v1/stops?\(query)").status == 400)
        }
    }

    @Test("With Prefer: wait the answer comes when the drain is done and every phone is silent")
    func wait() async throws {
        let house = try await House()
        _ = try await house.call(.active)
        async let reply = house.send(
            .post, "/api/v1/stops", #"{"scope":{"all":true}}"#, headers: ["prefer": "wait=20"])
        // It asks again and again; meanwhile the work is done.
        await house.clock.waitForSleepers(1)
        try await house.carryOut()
        let now = house.clock.now
        for lease in try await house.store.leaseTerminations(9, at: now, until: now + .seconds(8)) {
            _ = try await house.store.settle(.verified, of: lease, at: now)
        }
        house.clock.advance(by: .seconds(1))
        let answer = try await reply
        #expect(answer.status == 201)
        #expect(answer[header: "preference-applied"] == "wait=20")
        #expect(answer.data["drain"]["terminationsVerified"].int == 1)
        #expect(answer.data["drain"]["done"].bool == true)
    }

    @Test("A stop is never told to come back later")
    func unlimited() async throws {
        let house = try await House(limits: APILimits(rate: 1, burst: 1))
        #expect(try await house.send(.get, "/api/v1/calls").status == 200)
        #expect(try await house.send(.get, "/api/v1/calls").status == 429)
        let id = try await house.stop()
        _ = try await house.bulkCancel(#""ids":["call_none"]"#)
        #expect(try await house.send(.delete, "/api/v1/stops/\(id)").status == 200)
        #expect(try await house.send(.get, "/api/v1/calls").status == 429)
    }

    @Test("Stop, release and bulk cancel are in the audit log, with every call that they ended")
    func audited() async throws {
        let house = try await House()
        let call = try await house.scheduled()
        let id = try await house.stop(#"{"agentId":"\#(house.agent)"}"#, #","reason":"fire""#)
        try await house.carryOut()
        _ = try await house.send(.delete, "/api/v1/stops/\(id)")
        let entries = try await house.send(.get, "/api/v1/audit").data["entries"].array.filter {
            ["stop.set", "stop.release", "calls.cancel"].contains($0["action"].string)
        }
        #expect(entries.compactMap { $0["action"].string } == ["stop.set", "calls.cancel", "stop.release"])
        #expect(entries[0]["subject"].string == id)
        #expect(entries[0]["reason"].string == "fire")
        #expect((entries[2]["before"].string, entries[2]["after"].string) == ("in_force", "released"))
        let detail = try await house.store.auditEntries(of: House.organization, after: 0, limit: 100)
            .first { $0.action == "calls.cancel" }?.detail
        #expect(detail == #"{"calls":[{"before":"initiated","id":"\#(call)"}]}"#)
    }
}
