import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import SQLiteStore
import TestSupport
import Testing

@Suite("POST /api/v1/calls/cancel")
struct BulkCancelTests {
    static let members = [
        "cancelled", "done", "doneAt", "held", "kind", "matched", "notCancellable", "operationId", "reason",
        "requestedAt", "terminationsPending", "terminationsVerified",
    ]

    @Test("A list of ids: accepted, carried out, and told call by call")
    func ids() async throws {
        let house = try await House()
        let waiting = try await house.scheduled()
        let live = try await house.call(.ringing)
        let over = try await house.call(.completed)
        let foreign = try await house.scheduled(key: .stranger, agent: house.strangersAgent)
        let list = [waiting, live, over, foreign, "call_none", waiting].map { #""\#($0)""# }.joined(separator: ",")
        let reply = try await house.send(
            .post, "/api/v1/calls/cancel", #"{"ids":[\#(list)],"reason":"wrong list"}"#, headers: ["prefer": "nothing"])
        #expect(reply.status == 202)
        #expect(reply.data.names == Self.members)
        #expect((reply.data["matched"].int, reply.data["done"].bool) == (0, false))
        let id = try #require(reply.data["operationId"].string)
        try await house.carryOut()
        let data = try await house.send(.get, "/api/v1/operations/\(id)").data
        #expect((data["matched"].int, data["cancelled"].int, data["notCancellable"].int) == (5, 2, 3))
        #expect((data["terminationsPending"].int, data["done"].bool) == (1, true))
        #expect(data["kind"].string == "cancel")
        let results = try await house.send(.get, "/api/v1/operations/\(id)/results").data
        #expect(results["nextAfter"].isNull)
        let told = results["results"].array.map { [$0["id"].string, $0["outcome"].string, $0["statusBefore"].string] }
        #expect(
            told == [
                [waiting, "cancelled", "initiated"], [live, "cancelled", "ringing"],
                [over, "not_cancellable", "completed"], [foreign, "not_found", nil], ["call_none", "not_found", nil],
            ])
        #expect(
            try await house.send(.get, "/api/v1/calls/\(foreign)", key: .stranger).data["status"].string == "initiated")
    }

    @Test("A filter takes the calls that a list with it would show")
    func filter() async throws {
        let house = try await House()
        let first = try await house.scheduled(#","contactName":"Ada""#)
        let second = try await house.scheduled(#","contactName":"Bob""#)
        _ = try await house.bulkCancel(
            #""filter":{"q":"ad","status":["initiated","active"],"agentId":"\#(house.agent)"}"#)
        try await house.carryOut()
        #expect(try await house.send(.get, "/api/v1/calls/\(first)").data["status"].string == "cancelled")
        #expect(try await house.send(.get, "/api/v1/calls/\(second)").data["status"].string == "initiated")
        _ = try await house.bulkCancel(#""filter":{"all":true}"#)
        try await house.carryOut()
        #expect(try await house.send(.get, "/api/v1/calls/\(second)").data["status"].string == "cancelled")
    }

    @Test("A rehearsal counts and changes nothing")
    func rehearsal() async throws {
        let house = try await House()
        let waiting = try await house.scheduled()
        let live = try await house.call(.active)
        for (live, counts) in [("hangup", [2, 2, 0]), ("leave", [2, 1, 1])] {
            let reply = try await house.send(
                .post, "/api/v1/calls/cancel", #"{"filter":{"all":true},"dryRun":true,"live":"\#(live)"}"#)
            #expect(reply.status == 200)
            #expect(reply.data["operationId"].isNull)
            #expect(["matched", "cancelled", "notCancellable"].map { reply.data[$0].int } == counts)
        }
        #expect(try await house.store.openOperations().isEmpty)
        #expect(try await house.send(.get, "/api/v1/calls/\(waiting)").data["status"].string == "initiated")
        #expect(try await house.send(.get, "/api/v1/calls/\(live)").data["status"].string == "active")
    }

    @Test(
        "What is wrong is named, and nothing is cancelled",
        arguments: [
            (#"{}"#, ["ids"]), (#"{"ids":["call_1"],"filter":{"all":true}}"#, ["ids"]), (#"{"ids":[]}"#, ["ids"]),
            (#"{"ids":[7]}"#, ["ids[0]"]), (#"{"ids":["a b"]}"#, ["ids[0]"]), (#"{"ids":{}}"#, ["ids"]),
            (#"{"filter":{}}"#, ["filter"]), (#"{"filter":{"all":false}}"#, ["filter.all"]),
            (#"{"filter":{"all":true,"q":"x"}}"#, ["filter.all"]), (#"{"filter":[]}"#, ["filter"]),
            (#"{"filter":{"status":"completed"}}"#, ["filter.status"]),
            (#"{"filter":{"status":["active","gone"]}}"#, ["filter.status"]),
            (#"{"filter":{"direction":"inbound"}}"#, ["filter.direction"]),
            (#"{"filter":{"agentId":"7"}}"#, ["filter.agentId"]), (#"{"filter":{"batch":"x"}}"#, ["filter.batch"]),
            (#"{"filter":{"startDate":"today"}}"#, ["filter.startDate"]),
            (#"{"filter":{"limit":5}}"#, ["filter.limit"]), (#"{"ids":["call_1"],"dryrun":true}"#, ["dryrun"]),
            (#"{"ids":["call_1"],"dryRun":"yes"}"#, ["dryRun"]), (#"{"ids":["call_1"],"live":"kill"}"#, ["live"]),
        ])
    func faults(_ body: String, _ fields: [String]) async throws {
        let house = try await House()
        _ = try await house.scheduled()
        let reply = try await house.send(.post, "/api/v1/calls/cancel", body)
        #expect(reply.status == 400, "\(reply.text)")
        #expect(reply.faults == fields, "\(reply.text)")
        #expect(try await house.store.openOperations().isEmpty)
    }

    @Test("Ten thousand ids are taken, and not one more")
    func tooMany() async throws {
        let house = try await House()
        let ids = (0...10_000).map { #""call_\#($0)""# }
        let many = try await house.send(.post, "/api/v1/calls/cancel", #"{"ids":[\#(ids.joined(separator: ","))]}"#)
        #expect((many.status, many.faults) == (400, ["ids"]))
        let fit = try await house.send(
            .post, "/api/v1/calls/cancel", #"{"ids":[\#(ids.dropLast().joined(separator: ","))]}"#)
        #expect(fit.status == 202)
    }

    @Test("With Prefer: wait it is 200 once it is finished, else 202")
    func wait() async throws {
        let house = try await House()
        _ = try await house.scheduled()
        let body = #"{"filter":{"all":true}}"#
        for isCarriedOut in [false, true] {
            async let reply = house.send(.post, "/api/v1/calls/cancel", body, headers: ["prefer": "wait=5"])
            await house.clock.waitForSleepers(1)
            if isCarriedOut { try await house.carryOut() }
            house.clock.advance(by: .seconds(5))
            let answer = try await reply
            #expect(answer.status == (isCarriedOut ? 200 : 202))
            #expect(answer.data["done"].bool == isCarriedOut)
            #expect(answer[header: "preference-applied"] == "wait=5")
        }
    }

    @Test("Results are paged")
    func pages() async throws {
        let house = try await House()
        let ids = (0..<25).map { #""call_\#($0)""# }.joined(separator: ",")
        let id = try await house.bulkCancel(#""ids":[\#(ids)]"#)
        try await house.carryOut()
        var seen: [String] = []
        var after: Int? = 0
        while let from = after {
            let page = try await house.send(.get, "/api/v1/operations/\(id)/results?after=\(from)&limit=10").data
            seen += page["results"].array.compactMap { $0["id"].string }
            after = page["nextAfter"].int
        }
        #expect(seen == (0..<25).map { "call_\($0)" })
        for query in ["limit=1001", "after=-1", "page=2"] {
            #expect(try await house.send(.get, "/api/v1/operations/\(id)/results?\(query)").status == 400)
        }
        #expect(try await house.send(.get, "/api/v1/operations/op_none").message == "Operation not found")
    }
}
