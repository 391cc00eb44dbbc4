import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import SQLiteStore
import TestSupport
import Testing

@Suite("/api/v1/batches")
struct BatchRouteTests {
    static let members = [
        "agent", "breaker", "budget", "createdAt", "createdBy", "done", "failed", "id", "name", "purged", "scheduled",
        "statuses",
        "total",
    ]

    @Test("A batch says what was asked for, where its calls stand and when they were dialled")
    func one() async throws {
        let house = try await House()
        let id = try await house.batch(of: ["+15005550001", "+15005550002"], #","name":"Spring""#)
        let data = try await house.send(.get, "/api/v1/batches/\(id)", key: .viewer).data
        #expect(data.names == (Self.members + ["eta", "firstDialAt", "lastDialAt", "pauses"]).sorted())
        #expect((data["id"].string, data["name"].string) == (id, "Spring"))
        #expect((data["agent"]["id"].string, data["agent"]["name"].string) == (house.agent.rawValue, "Ada"))
        #expect(data["createdAt"].string == "\(house.clock.now)")
        #expect(data["createdBy"].string == house.adminKey.rawValue)
        #expect((data["total"].int, data["scheduled"].int, data["failed"].int) == (2, 2, 0))
        #expect(data["statuses"].names == CallStatus.allCases.map(\.rawValue).sorted())
        #expect((data["statuses"]["initiated"].int, data["statuses"]["active"].int) == (2, 0))
        #expect((data["purged"].int, data["done"].bool) == (0, false))
        #expect(data["firstDialAt"].isNull && data["lastDialAt"].isNull)
        #expect(try await house.send(.get, "/api/v1/batches/\(id)?a=1").faults == ["a"])
    }

    @Test("It says when it will be through, as far as one can tell")
    func eta() async throws {
        let house = try await House()
        let numbers = (1...40).map { "+1500555\(1000 + $0)" }
        let id = try await house.batch(of: numbers)
        let path = "/api/v1/batches/\(id)"
        let tomorrow = house.clock.now + .seconds(86_400)
        // Twenty a second, in 1,004 ms.
        #expect(try await house.send(.get, path).data["eta"].string == "\(tomorrow + .milliseconds(2008))")
        _ = try await house.send(.patch, "/api/v1/agents/\(house.agent)", #"{"callsPerSecond":0.1}"#)
        let slow = tomorrow + .milliseconds(40 * 10_004)
        #expect(try await house.send(.get, path).data["eta"].string == "\(slow)")
        let stop = try await house.stop(#"{"batchId":"\#(id)"}"#, #","queue":"hold""#)
        #expect(try await house.send(.get, path).data["eta"].isNull)
        _ = try await house.send(.delete, "/api/v1/stops/\(stop)")
        #expect(try await house.send(.get, path).data["eta"].string == "\(slow)")
        #expect(try await house.send(.get, "/api/v1/batches").data["batches"][0].names.contains("eta") == false)
        _ = try await house.send(.delete, path)
        try await house.carryOut()
        #expect(try await house.send(.get, path).data["eta"].isNull)
    }

    @Test("A batch has a circuit breaker where it was given one")
    func breaker() async throws {
        let house = try await House()
        let id = try await house.batch(
            #","breaker":{"failureShare":0.25,"minAttempts":5,"windowMinutes":60,"pauseMinutes":null}"#)
        for data in [
            try await house.send(.get, "/api/v1/batches/\(id)").data,
            try await house.send(.get, "/api/v1/batches").data["batches"][0],
        ] {
            let breaker = data["breaker"]
            #expect((breaker["minAttempts"].int, breaker["windowMinutes"].int) == (5, 60))
            #expect(breaker["pauseMinutes"].isNull)
        }
        let plain = try await house.batch()
        #expect(try await house.send(.get, "/api/v1/batches/\(plain)").data["breaker"].isNull)
    }

    @Test(
        "A budget has its own place, else its batch's, else UTC; the batch says what is spent of it and what holds it")
    func budget() async throws {
        let house = try await House()
        for (more, zone) in [
            (#","budget":{"callsPerDay":2}"#, "UTC"),
            (#","budget":{"callsPerDay":2},"timezoneAwareConfig":{"defaultTimezone":"Asia/Tokyo"}"#, "Asia/Tokyo"),
            (
                #","budget":{"callsPerDay":2,"timezone":"Europe/Berlin"},"timezoneAwareConfig":{"defaultTimezone":"Asia/Tokyo"}"#,
                "Europe/Berlin"
            ),
        ] {
            let id = try await house.batch(more)
            let budget = try await house.send(.get, "/api/v1/batches/\(id)").data["budget"]
            #expect((budget["callsPerDay"].int, budget["timezone"].string) == (2, zone))
            #expect(budget["minutesPerDay"].isNull)
            let listed = try await house.send(.get, "/api/v1/batches?limit=1").data["batches"][0]["budget"]
            #expect(listed.names == ["callsPerDay", "minutesPerDay", "timezone"])
        }
        let id = try await house.batch(
            of: ["+15005550001", "+15005550002"], #","budget":{"callsPerDay":1,"minutesPerDay":5}"#)
        let path = "/api/v1/batches/\(id)"
        let fresh = try await house.send(.get, path).data
        #expect((fresh["budget"]["callsToday"].int, fresh["budget"]["minutesToday"].int) == (0, 0))
        #expect(fresh["budget"]["dayEndsAt"].string == "2026-03-02T00:00:00.000Z")
        #expect((fresh["budget"]["isWaived"].bool, fresh["pauses"].array.count) == (false, 0))
        let calls = try await house.send(.get, "/api/v1/calls?batchId=\(id)").data["calls"].array
        let ids = calls.compactMap { $0["id"].string }
        let call = CallID(rawValue: try #require(ids.first))
        try await house.decide(call, .lineFree(RoomName(installation: "test", call: call, attempt: 1)))
        try await house.decide(call, .sendDial(deadline: house.clock.now + .seconds(40), LiveKitIDs()))
        let midnight = house.clock.now + .seconds(12 * 3600)
        let pause = try await house.services.stops.pause(
            .batch(BatchID(rawValue: id)), of: House.organization, for: .budget, reason: "budget: spent",
            until: midnight)
        let stop = try #require(pause).stop.id.rawValue
        try await house.carryOut()
        let paused = try await house.send(.get, path).data
        #expect(paused["budget"]["callsToday"].int == 1)
        #expect(paused["pauses"][0].names == ["cause", "createdAt", "reason", "stopId", "until"])
        #expect((paused["pauses"][0]["cause"].string, paused["pauses"][0]["stopId"].string) == ("budget", stop))
        #expect(paused["pauses"][0]["until"].string == "\(midnight)")
        // The calls say so, and are not late by it.
        let held = try #require(ids.last)
        let hold = try await house.send(.get, "/api/v1/calls/\(held)").data["queue"]["heldBy"][0]
        #expect((hold["kind"].string, hold["id"].string) == ("budget", stop))
        house.clock.advance(by: .seconds(3600))
        let explained = try await house.send(.get, "/api/v1/calls/\(held)/explain").data
        #expect(
            explained["summary"].string
                == "It is held: its batch has spent its budget of the day; \(stop) is in force until \(midnight).")
        #expect(explained["holds"][0]["kind"].string == "budget")
        #expect(try await house.send(.delete, "/api/v1/stops/\(stop)").status == 200)
        let lifted = try await house.send(.get, path).data
        #expect((lifted["budget"]["isWaived"].bool, lifted["pauses"].array.count) == (true, 0))
    }

    @Test("What its budget has kept back is not late by it, and is not said to be where a gate holds it then")
    func budgetAndGate() async throws {
        let house = try await House()
        _ = try await house.call(.ringing)
        let id = try await house.batch(#","budget":{"callsPerDay":1}"#)
        let calls = try await house.send(.get, "/api/v1/calls?batchId=\(id)").data["calls"].array
        let call = try #require(calls.first?["id"].string)
        let pause = try await house.services.stops.pause(
            .batch(BatchID(rawValue: id)), of: House.organization, for: .budget, reason: "budget: spent",
            until: house.clock.now + .seconds(2 * 86_400))
        let stop = try #require(pause).stop.id.rawValue
        try await house.carryOut()
        // Its time was half an hour ago.
        house.clock.advance(by: .seconds(86_400 + 1_800))
        #expect(try await house.send(.delete, "/api/v1/stops/\(stop)").status == 200)
        try await house.carryOut()
        _ = try await house.send(.patch, "/api/v1/agents/\(house.agent)", #"{"maxConcurrentCalls":1}"#)
        let explained = try await house.send(.get, "/api/v1/calls/\(call)/explain").data
        #expect(explained["summary"].string == "It waits: 1 calls of this agent are live, and no more than 1 may be.")
    }

    @Test(
        "A guard that is wrong is named, and nothing is scheduled",
        arguments: [
            (#""breaker":true"#, "breaker"), (#""breaker":{}"#, "breaker.failureShare"),
            (#""breaker":{"failureShare":1.1}"#, "breaker.failureShare"),
            (#""breaker":{"failureShare":1,"pause":1}"#, "breaker.pause"),
            (#""budget":7"#, "budget"), (#""budget":{}"#, "budget"),
            (#""budget":{"timezone":"Europe/Berlin"}"#, "budget"),
            (#""budget":{"callsPerDay":0}"#, "budget.callsPerDay"),
            (#""budget":{"callsPerDay":1.5}"#, "budget.callsPerDay"),
            (#""budget":{"minutesPerDay":100001}"#, "budget.minutesPerDay"),
            (#""budget":{"callsPerDay":1,"timezone":"Mars"}"#, "budget.timezone"),
            (#""budget":{"callsPerDay":1,"perWeek":1}"#, "budget.perWeek"),
        ])
    func guardFaults(_ field: String, _ name: String) async throws {
        let house = try await House()
        let reply = try await house.send(
            .post, "/api/v1/calls/batch",
            #"{"agentId":"\#(house.agent)","calls":[{"contactPhone":"+15005550001"}],\#(field)}"#)
        #expect((reply.status, reply.faults) == (400, [name]), "\(reply.text)")
        #expect(try await house.send(.get, "/api/v1/batches").data["batches"].array.isEmpty)
    }

    @Test("The list has the newest first, page by page, and nobody else's")
    func list() async throws {
        let house = try await House()
        var ids: [String] = []
        for _ in 0..<3 {
            ids.insert(try await house.batch(), at: 0)
            house.clock.advance(by: .seconds(1))
        }
        let page = try await house.send(.get, "/api/v1/batches?limit=2&offset=1", key: .viewer).data
        #expect(page["batches"].array.map { $0["id"].string } == ids.dropFirst().map(Optional.some))
        #expect(page["batches"][0].names == Self.members)
        #expect((page["pagination"]["total"].int, page["pagination"]["hasMore"].bool) == (3, false))
        let first = try await house.send(.get, "/api/v1/batches?limit=2").data["pagination"]
        #expect((first["hasMore"].bool, first["nextCursor"].isNull) == (true, true))
        let strangers = try await house.send(.get, "/api/v1/batches", key: .stranger).data
        #expect((strangers["batches"].array.count, strangers["pagination"]["total"].int) == (0, 0))
        for query in ["limit=0", "limit=101", "offset=-1", "status=done"] {
            #expect(try await house.send(.get, "/api/v1/batches?\(query)").status == 400)
        }
    }

    @Test("What is no batch is 404, and somebody else's 403, whatever else is wrong")
    func notThere() async throws {
        let house = try await House()
        let id = try await house.batch()
        for method in [HTTPRequest.Method.get, .delete] {
            for path in ["batch_none", "a%20b", "call_1"] {
                let reply = try await house.send(method, "/api/v1/batches/\(path)", "[")
                #expect((reply.status, reply.message) == (404, "Batch not found"))
            }
            let foreign = try await house.send(method, "/api/v1/batches/\(id)", key: .stranger, "[")
            #expect(foreign.status == 403)
            #expect(foreign.message == "Access denied - batch belongs to different organization")
        }
        #expect(try await house.send(.delete, "/api/v1/batches/\(id)", key: .viewer).status == 403)
    }

    @Test("DELETE begins an operation over what is left of the batch, and of nothing else")
    func cancel() async throws {
        let house = try await House()
        let id = try await house.batch(of: ["+15005550001", "+15005550002", "+15005550003"])
        let alone = try await house.scheduled()
        let over = try #require(
            try await house.send(.get, "/api/v1/calls?batchId=\(id)").data["calls"][0]["id"].string)
        #expect(try await house.send(.delete, "/api/v1/calls/\(over)").status == 200)
        let live = try #require(
            try await house.send(.get, "/api/v1/calls?batchId=\(id)&status=initiated").data["calls"][0]["id"].string)
        let call = CallID(rawValue: live)
        house.clock.advance(by: .seconds(86_400))
        let room = RoomName(installation: "test", call: call, attempt: 1)
        try await house.decide(call, .lineFree(room))
        try await house.decide(call, .sendDial(deadline: house.clock.now + .seconds(40), LiveKitIDs()))
        let reply = try await house.send(.delete, "/api/v1/batches/\(id)", #"{"reason":"wrong list","live":"hangup"}"#)
        #expect(reply.status == 202)
        #expect(reply.data.names == BulkCancelTests.members)
        #expect((reply.data["kind"].string, reply.data["reason"].string) == ("cancel", "wrong list"))
        let operation = try #require(reply.data["operationId"].string)
        try await house.carryOut()
        let done = try await house.send(.get, "/api/v1/operations/\(operation)").data
        #expect((done["matched"].int, done["cancelled"].int) == (2, 2))
        #expect((done["terminationsPending"].int, done["done"].bool) == (1, true))
        let batch = try await house.send(.get, "/api/v1/batches/\(id)").data
        #expect((batch["statuses"]["cancelled"].int, batch["done"].bool) == (3, true))
        #expect(batch["firstDialAt"].string == "\(house.clock.now)")
        #expect(batch["lastDialAt"].string == "\(house.clock.now)")
        #expect(try await house.send(.get, "/api/v1/calls/\(alone)").data["status"].string == "initiated")
        #expect(try await house.store.openTerminations() == [room])
        let told = try await house.send(.get, "/api/v1/calls/\(live)").data["cancelledBy"]
        #expect(told["reason"].string == "wrong list")
    }

    @Test("Live calls can be left, and the reason may stand in the query")
    func leave() async throws {
        let house = try await House()
        let id = try await house.batch()
        let text = try #require(
            try await house.send(.get, "/api/v1/calls?batchId=\(id)").data["calls"][0]["id"].string)
        let call = CallID(rawValue: text)
        house.clock.advance(by: .seconds(86_400))
        try await house.decide(call, .lineFree(RoomName(installation: "test", call: call, attempt: 1)))
        try await house.decide(call, .sendDial(deadline: house.clock.now + .seconds(40), LiveKitIDs()))
        let reply = try await house.send(.delete, "/api/v1/batches/\(id)?reason=a+b", #"{"live":"leave"}"#)
        #expect((reply.status, reply.data["reason"].string) == (202, "a b"))
        try await house.carryOut()
        #expect(try await house.send(.get, "/api/v1/calls/\(text)").data["status"].string == "connecting")
        for (query, body, faults) in [
            ("", #"{"live":"no"}"#, ["live"]), ("?reason=a", #"{"reason":"b"}"#, ["reason"]),
            ("?live=leave", nil, ["live"]), ("", #"{"raeson":"b"}"#, ["raeson"]),
        ] {
            let wrong = try await house.send(.delete, "/api/v1/batches/\(id)\(query)", body)
            #expect((wrong.status, wrong.faults) == (400, faults))
        }
    }

    @Test("DELETE is never limited, and waits as a bulk cancel does")
    func emergency() async throws {
        let house = try await House(limits: APILimits(rate: 1, burst: 2))
        let id = try await house.batch()
        _ = try await house.send(.get, "/api/v1/batches")
        #expect(try await house.send(.get, "/api/v1/batches").status == 429)
        let first = try await house.send(.delete, "/api/v1/batches/\(id)")
        #expect(first.status == 202)
        try await house.carryOut()
        #expect(try await house.send(.delete, "/api/v1/batches/\(id)").status == 202)
    }
}
