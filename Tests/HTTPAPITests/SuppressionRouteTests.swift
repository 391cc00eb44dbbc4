import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import SQLiteStore
import TestSupport
import Testing

@Suite("Suppressions")
struct SuppressionRouteTests {
    private static let path = "/api/v1/suppressions"
    private static let number = "+15005550009"

    private func call(
        _ house: House, _ kind: String, _ field: String, _ number: String = number
    ) async throws -> Reply {
        try await house.send(
            .post, "/api/v1/calls/\(kind)", #"{"agentId":"\#(house.agent)","\#(field)":"\#(number)"}"#)
    }

    @Test("One number or many: each is told with its id, and the operation that ends their calls")
    func add() async throws {
        let house = try await House()
        let one = try await house.send(
            .post, Self.path, #"{"phoneNumber":"\#(Self.number)","reason":"asked for it"}"#)
        #expect(one.status == 201, "\(one.text)")
        #expect(one.data.names == ["created", "existed", "operation", "suppressions", "total"])
        let row = one.data["suppressions"][0]
        #expect(row.names == ["created", "createdAt", "createdBy", "id", "phoneNumber", "reason"])
        #expect(row["id"].string?.hasPrefix("sup_") == true)
        #expect((row["phoneNumber"].string, row["reason"].string) == (Self.number, "asked for it"))
        #expect((row["createdBy"].string, row["created"].bool) == (house.adminKey.rawValue, true))
        #expect(one.data["operation"]["operationId"].string?.hasPrefix("op_") == true)
        let many = try await house.send(
            .post, Self.path,
            #"{"phoneNumbers":["+15005550008","\#(Self.number)","+15005550008"],"live":"hangup"}"#)
        #expect((many.data["total"].int, many.data["created"].int, many.data["existed"].int) == (2, 1, 1))
        #expect(many.data["suppressions"].array.map { $0["created"].bool } == [true, false])
        #expect(many.data["suppressions"][1]["id"].string == row["id"].string)
        let read = try await house.send(.get, "\(Self.path)/\(row["id"].string ?? "")")
        #expect((read.status, read.data["phoneNumber"].string) == (200, Self.number))
    }

    @Test(
        "A call to a suppressed number is refused, and says how that is lifted",
        arguments: [("schedule", "contactPhone"), ("schedule", "phoneNumber"), ("outbound", "phoneNumber")])
    func refusedCall(_ kind: String, _ field: String) async throws {
        let house = try await House()
        let id = try await house.suppression(Self.number)
        let reply = try await call(house, kind, field)
        #expect(reply.status == 400, "\(reply.text)")
        #expect(reply.faults == [field])
        #expect(
            reply.message
                == "This phone number is suppressed, so that nothing is dialled to it; DELETE /suppressions/\(id) lifts that"
        )
        #expect(reply.isErrorShape)
        #expect(try await house.send(.get, "/api/v1/calls").data["calls"].array.isEmpty)
        #expect(try await call(house, kind, field, "+15005550001").status == 201)
        let lifted = try await house.send(.delete, "\(Self.path)/\(id)", #"{"reason":"changed his mind"}"#)
        #expect((lifted.status, lifted.data["phoneNumber"].string) == (200, Self.number))
        #expect(try await call(house, kind, field).status == 201)
        let again = try await house.send(.delete, "\(Self.path)/\(id)")
        #expect((again.status, again.message) == (404, "Suppression not found"))
    }

    @Test("In a batch such a row is an error of its own; so it is in a rehearsal")
    func batch() async throws {
        let house = try await House()
        let id = try await house.suppression(Self.number)
        let good = #"{"contactPhone":"+15005550001"}"#
        let bad = #"{"phoneNumber":"\#(Self.number)"}"#
        func post(_ rows: [String], _ more: String = "") async throws -> Reply {
            try await house.send(
                .post, "/api/v1/calls/batch",
                #"{"agentId":"\#(house.agent)","calls":[\#(rows.joined(separator: ","))]\#(more)}"#)
        }
        let some = try await post([good, bad, good])
        #expect((some.status, some.data["scheduled"].int, some.data["failed"].int) == (207, 2, 1))
        let error = some.data["results"][1]["error"]
        #expect(error["details"][0]["field"].string == "contactPhone")
        #expect(error["message"].string?.contains(id) == true)
        let stopped = try await post([good, bad, good], #","stopOnError":true"#)
        #expect((stopped.status, stopped.data["scheduled"].int) == (207, 1))
        let rehearsed = try await post([good, bad], #","dryRun":true"#)
        #expect((rehearsed.status, rehearsed.data["scheduled"].int, rehearsed.data["failed"].int) == (200, 1, 1))
        let none = try await post([bad, bad])
        #expect((none.status, none.message) == (400, "None of the 2 calls could be scheduled"))
        #expect(none.faults == ["calls[0].contactPhone", "calls[1].contactPhone"])
        #expect(try await house.send(.get, "/api/v1/batches").data["batches"].array.count == 2)
    }

    @Test("What waits is ended, live calls are left or hung up", arguments: [nil, "leave", "hangup"])
    func endsCalls(_ live: String?) async throws {
        let house = try await House()
        let waiting = try await house.scheduled()
        let talking = try await house.call(.active)
        let id = try await house.suppression("+15005550001", live.map { #","live":"\#($0)""# } ?? "")
        let held = try await house.send(.get, "/api/v1/calls/\(waiting)").data["queue"]
        #expect((held["heldBy"][0]["kind"].string, held["heldBy"][0]["id"].string) == ("suppression", id))
        let explained = try await house.send(.get, "/api/v1/calls/\(waiting)/explain").data
        #expect((explained["holds"][0]["kind"].string, explained["holds"][0]["id"].string) == ("suppression", id))
        #expect(explained["summary"].string?.contains("its number is suppressed by \(id)") == true)
        try await house.carryOut()
        let data = try await house.send(.get, "/api/v1/calls/\(waiting)").data
        #expect(data["status"].string == "cancelled")
        #expect(data["cancelledBy"]["reason"].string == "the number is suppressed")
        let status = try await house.send(.get, "/api/v1/calls/\(talking)").data["status"].string
        #expect(status == (live == "hangup" ? "cancelled" : "active"))
    }

    @Test("With Prefer: wait the answer comes when the calls are ended and every phone is silent")
    func wait() async throws {
        let house = try await House()
        _ = try await house.call(.active)
        async let reply = house.send(
            .post, Self.path, #"{"phoneNumber":"+15005550001","live":"hangup"}"#, headers: ["prefer": "wait=20"])
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
        let operation = answer.data["operation"]
        #expect((operation["cancelled"].int, operation["terminationsVerified"].int) == (1, 1))
        #expect(operation["done"].bool == true)
    }

    @Test(
        "What is wrong is named, every bad number of a list, and nothing is suppressed",
        arguments: [
            (#"{}"#, ["phoneNumber"]), (#"{"phoneNumber":null}"#, ["phoneNumber"]),
            (#"{"phoneNumber":"1"}"#, ["phoneNumber"]), (#"{"phoneNumbers":[]}"#, ["phoneNumbers"]),
            (#"{"phoneNumbers":[7]}"#, ["phoneNumbers[0]"]),
            (
                #"{"phoneNumbers":["+15005550001","x","+15005550002","+0"]}"#,
                ["phoneNumbers[1]", "phoneNumbers[3]"]
            ),
            (#"{"phoneNumber":"+15005550001","phoneNumbers":["+15005550002"]}"#, ["phoneNumber"]),
            (#"{"phoneNumber":"+15005550001","live":"no"}"#, ["live"]),
            (#"{"phoneNumber":"+15005550001","reason":7}"#, ["reason"]),
            (#"{"phoneNumber":"+15005550001","reasons":"x"}"#, ["reasons"]),
        ])
    func faults(_ body: String, _ fields: [String]) async throws {
        let house = try await House()
        let reply = try await house.send(.post, Self.path, body)
        #expect(reply.status == 400, "\(reply.text)")
        #expect(reply.faults == fields, "\(reply.text)")
        #expect(try await house.send(.get, Self.path).data["suppressions"].array.isEmpty)
    }

    @Test("A thousand numbers are taken by one request, and no more")
    func many() async throws {
        let house = try await House()
        func post(_ count: Int) async throws -> Reply {
            let numbers = (0..<count).map { "\"+1500\(1_000_000 + $0)\"" }.joined(separator: ",")
            return try await house.send(.post, Self.path, #"{"phoneNumbers":[\#(numbers)]}"#)
        }
        #expect(try await post(1001).faults == ["phoneNumbers"])
        #expect(try await post(1000).data["created"].int == 1000)
    }

    @Test("They are listed newest first, page by page, and one of them by its number")
    func list() async throws {
        let house = try await House()
        var ids: [String] = []
        for digit in 1...5 {
            ids.append(try await house.suppression("+1500555000\(digit)"))
            house.clock.advance(by: .milliseconds(1))
        }
        var seen: [String] = []
        var cursor: String?
        repeat {
            let query = "?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
            let reply = try await house.send(.get, Self.path + query)
            #expect(reply.status == 200, "\(reply.text)")
            seen += reply.data["suppressions"].array.compactMap { $0["id"].string }
            let page = reply.data["pagination"]
            cursor = page["nextCursor"].string
            #expect(page["total"].int == 5)
            #expect(page["hasMore"].bool == (cursor != nil))
        } while cursor != nil
        #expect(seen == ids.reversed())
        let offset = try await house.send(.get, "\(Self.path)?limit=2&offset=3")
        #expect(offset.data["suppressions"].array.compactMap { $0["id"].string } == [ids[1], ids[0]])
        let one = try await house.send(.get, "\(Self.path)?phoneNumber=%2B15005550002")
        #expect(one.data["suppressions"].array.compactMap { $0["id"].string } == [ids[1]])
        #expect(try await house.send(.get, "/api/v1/stops").data["stops"].array.isEmpty)
        #expect(try await house.send(.get, "/api/v1/stops/\(ids[0])").status == 404)
        #expect(try await house.send(.delete, "/api/v1/stops/\(ids[0])").status == 404)
        let first = try await house.send(.get, "\(Self.path)?limit=1").data["pagination"]["nextCursor"].string ?? ""
        for query in ["limit=0", "limit=101", "cursor=x", "cursor=\(first)A", "cursor=\(first)&offset=1", "state=x"] {
            #expect(try await house.send(.get, "\(Self.path)?\(query)").status == 400, "\(query)")
        }
        // A cursor is good for the organization that it was given to.
        #expect(try await house.send(.get, "\(Self.path)?cursor=\(first)", key: .stranger).status == 400)
    }

    @Test("To suppress is never told to come back later, and is in the audit log with its numbers")
    func unlimitedAndAudited() async throws {
        let house = try await House(limits: APILimits(rate: 1, burst: 1))
        #expect(try await house.send(.get, "/api/v1/calls").status == 200)
        let id = try await house.suppression(Self.number, #","reason":"asked for it""#)
        #expect(try await house.send(.get, "/api/v1/calls").status == 429)
        let entry = try #require(
            try await house.store.auditEntries(of: House.organization, after: 0, limit: 100).last)
        #expect((entry.action, entry.reason, entry.actor) == ("suppression.add", "asked for it", house.adminKey))
        #expect(entry.detail == #"{"added":{"\#(Self.number)":"\#(id)"},"live":"leave","there":0}"#)
    }
}
