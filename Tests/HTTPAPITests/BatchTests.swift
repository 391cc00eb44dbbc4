import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import SQLiteStore
import TestSupport
import Testing

@Suite("POST /api/v1/calls/batch")
struct BatchTests {
    private func post(
        _ house: House, _ calls: String, _ more: String = "", key: Credential = .admin, headers: [String: String] = [:]
    ) async throws -> Reply {
        try await house.send(
            .post, "/api/v1/calls/batch", key: key, #"{"agentId":"\#(house.agent)","calls":[\#(calls)]\#(more)}"#,
            headers: headers)
    }

    private func rows(_ count: Int, from first: Int = 0) -> String {
        (first..<first + count).map { #"{"contactPhone":"+1500555\#(1000 + $0)"}"# }.joined(separator: ",")
    }

    private func total(_ house: House) async throws -> Int? {
        try await house.send(.get, "/api/v1/calls").data["pagination"]["total"].int
    }

    @Test("All rows are good: 201, one call for each, in order")
    func whole() async throws {
        let house = try await House()
        let reply = try await post(house, rows(3), #","name":"Spring""#)
        #expect(reply.status == 201)
        #expect(reply.json.names == ["data", "message"])
        #expect(reply.json["message"].string == "Batch scheduled successfully")
        #expect(reply.data.names == ["batchId", "failed", "results", "scheduled", "total"])
        #expect((reply.data["total"].int, reply.data["scheduled"].int, reply.data["failed"].int) == (3, 3, 0))
        let id = try #require(reply.data["batchId"].string)
        #expect(id.hasPrefix("batch_") && id.utf8.count == 30)
        for index in 0..<3 {
            let row = reply.data["results"][index]
            #expect(row.names == ["id", "index", "status"])
            #expect((row["index"].int, row["status"].string) == (index, "initiated"))
            let call = try await house.send(.get, "/api/v1/calls/\(row["id"].string ?? "")").data
            #expect(call["phoneNumber"].string == "+1500555\(1000 + index)")
            #expect(call["batchId"].string == id)
            #expect(call["agent"]["id"].string == house.agent.rawValue)
        }
        #expect(try await house.send(.get, "/api/v1/calls?batchId=\(id)").data["pagination"]["total"].int == 3)
    }

    @Test("Some rows are bad: 207, each with its reason, and the others are scheduled")
    func some() async throws {
        let house = try await House()
        let bad = #"{"contactPhone":"555"},{"contactPhone":"+15005550009","nonesuch":1},7,{}"#
        let reply = try await post(house, rows(1) + "," + bad + "," + rows(1, from: 1))
        #expect(reply.status == 207)
        #expect(reply.json["message"].string == "2 of 6 calls were scheduled")
        #expect((reply.data["total"].int, reply.data["scheduled"].int, reply.data["failed"].int) == (6, 2, 4))
        let results = reply.data["results"].array
        #expect(results.map { $0["index"].int } == Array(0..<6))
        #expect(results.map { $0["id"].exists } == [true, false, false, false, false, true])
        let errors = results.map { $0["error"] }
        #expect(results[1].names == ["error", "index"])
        #expect(errors[1].names == ["details", "message"])
        #expect(errors[1]["message"].string == "Phone number must be in E.164 format (+1234567890)")
        #expect(errors[1]["details"][0]["field"].string == "contactPhone")
        #expect(errors[2]["message"].string?.hasPrefix("Unknown field nonesuch") == true)
        #expect(errors[3]["message"].string == "A call must be a JSON object")
        #expect(errors[3]["details"].array.isEmpty)
        #expect(errors[4]["message"].string == "contactPhone is required")
        #expect(try await total(house) == 2)
    }

    @Test("No row is good: 400 as any other refusal, with the rows beside it, and no batch is left")
    func none() async throws {
        let house = try await House()
        let reply = try await post(house, #"{"contactPhone":"1"},{"contactPhone":"+15005550001","priority":11}"#)
        #expect(reply.status == 400)
        #expect(reply.json.names == ["data", "error"])
        #expect(reply.json["error"]["code"].int == 400)
        #expect(reply.message == "None of the 2 calls could be scheduled")
        #expect(reply.faults == ["calls[0].contactPhone", "calls[1].priority"])
        #expect(reply.data["batchId"].isNull)
        #expect((reply.data["scheduled"].int, reply.data["failed"].int) == (0, 2))
        #expect(reply.data["results"].array.count == 2)
        #expect(try await total(house) == 0)
        #expect(try await house.send(.get, "/api/v1/batches").data["pagination"]["total"].int == 0)
    }

    /// Fields of a row, and whether it is scheduled.
    static let fields: [(String, Bool)] = [
        (#""contactPhone":"+15005550001""#, true), (#""phoneNumber":"+15005550001""#, true),
        (#""contactPhone":"+15005550001","phoneNumber":"+15005550001""#, true),
        (#""contactPhone":"+15005550001","phoneNumber":"+15005550002""#, false), (#""contactPhone":null"#, false),
        (#""phoneNumber":"+15005550001","contactName":"Zoë","contactEmail":"z@example.org""#, true),
        (#""phoneNumber":"+15005550001","contactEmail":"z""#, false),
        (#""phoneNumber":"+15005550001","callerId":"+15005550100""#, true),
        (#""phoneNumber":"+15005550001","callerId":"+15005550101""#, false),
        (#""phoneNumber":"+15005550001","scheduledAt":"2026-03-02T01:30:00+05:30""#, true),
        (#""phoneNumber":"+15005550001","scheduledAt":"2020-03-02T01:30:00Z""#, false),
        (#""phoneNumber":"+15005550001","scheduledAt":"2046-03-02T01:30:00Z""#, false),
        (#""phoneNumber":"+15005550001","scheduledAt":"2026-03-02T01:30:00""#, false),
        (#""phoneNumber":"+15005550001","priority":0"#, true), (#""phoneNumber":"+15005550001","priority":10"#, true),
        (#""phoneNumber":"+15005550001","priority":11"#, false),
        (#""phoneNumber":"+15005550001","priority":"5""#, false),
        (#""phoneNumber":"+15005550001","metadata":{"a":1},"callMetadata":{"b":[2]}"#, true),
        (#""phoneNumber":"+15005550001","metadata":[]"#, false),
        (#""phoneNumber":"+15005550001","callWindow":{}"#, false),
        (#""phoneNumber":"+15005550001","callWindow":{"start":"09:00","end":"17:00","timezone":"UTC"}"#, true),
        (#""phoneNumber":"+15005550001","timezone":"Europe/Berlin""#, true),
        (#""phoneNumber":"+15005550001","timezone":"Europe/Berlin","localScheduleTime":"09:00""#, true),
        (#""phoneNumber":"+15005550001","maxRetries":2,"retryIntervals":["PT30M"]"#, true),
        (#""phoneNumber":"+15005550001","localScheduleTime":"09:00""#, false),
        (#""phoneNumber":"+15005550001","targetLocalTime":"09:00""#, false),
        (#""phoneNumber":"+15005550001","agentId":"550e8400-e29b-41d4-a716-446655440000""#, false),
    ]

    @Test("A row has the fields of a schedule request, but for the agent, and is refused alike", arguments: fields)
    func rowFields(_ fields: String, _ isGood: Bool) async throws {
        let house = try await House()
        let reply = try await post(house, "{\(fields)}," + rows(1))
        #expect(reply.status == (isGood ? 201 : 207), "\(reply.text)")
        guard !fields.contains("agentId") else { return }
        let alone = try await house.send(
            .post, "/api/v1/calls/schedule", #"{"agentId":"\#(house.agent)",\#(fields)}"#)
        #expect(alone.status == (isGood ? 201 : 400))
        let row = reply.data["results"][0]
        if isGood {
            let call = try await house.send(.get, "/api/v1/calls/\(row["id"].string ?? "")").data
            for name in ["phoneNumber", "callerId", "scheduledAt"] {
                #expect(call[name].string == alone.data[name].string, "\(name)")
            }
            #expect(call["priority"].int == alone.data["priority"].int)
            #expect(call["contact"]["name"].string == alone.data["contact"]["name"].string)
            #expect(call["contact"]["email"].string == alone.data["contact"]["email"].string)
            for name in ["metadata", "callMetadata"] { #expect(call[name].names == alone.data[name].names) }
        } else {
            #expect(row["error"]["message"].string == alone.message)
            #expect(row["error"]["details"].array.compactMap { $0["field"].string } == alone.faults)
        }
    }

    @Test("Defaults are for rows that do not say it themselves")
    func defaults() async throws {
        let house = try await House()
        let own = #"{"contactPhone":"+15005550001","priority":9,"scheduledAt":"2026-03-05T00:00:00Z"}"#
        let reply = try await post(
            house, rows(1) + "," + own + #",{"contactPhone":"+15005550001","priority":null,"scheduledAt":null}"#,
            #","defaultPriority":1,"defaultScheduledAt":"2026-03-04T00:00:00Z","stopOnError":null,"name":null"#)
        #expect(reply.status == 201)
        var seen: [String] = []
        for row in reply.data["results"].array {
            let call = try await house.send(.get, "/api/v1/calls/\(row["id"].string ?? "")").data
            seen.append("\(call["priority"].int ?? -1) \(call["scheduledAt"].string?.prefix(10) ?? "-")")
        }
        #expect(seen == ["1 2026-03-04", "9 2026-03-05", "1 2026-03-04"])
    }

    @Test("A default in the past is told with the row that it makes bad")
    func pastDefault() async throws {
        let house = try await House()
        let reply = try await post(
            house, rows(1) + #",{"contactPhone":"+15005550001","scheduledAt":"2026-03-05T00:00:00Z"}"#,
            #","defaultScheduledAt":"2020-01-01T00:00:00Z""#)
        #expect(reply.status == 207)
        #expect(
            reply.data["results"][0]["error"]["message"].string == "scheduledAt is more than 60 seconds in the past")
    }

    @Test("With stopOnError the first bad row and all after it are left out")
    func stopOnError() async throws {
        let house = try await House()
        let calls = rows(2) + #",{"contactPhone":"1"},"# + rows(2, from: 2)
        let reply = try await post(house, calls, #","stopOnError":true"#)
        #expect(reply.status == 207)
        #expect((reply.data["scheduled"].int, reply.data["failed"].int) == (2, 3))
        let messages = reply.data["results"].array.map { $0["error"]["message"].string }
        #expect(messages[..<2] == [nil, nil])
        #expect(messages[2] == "Phone number must be in E.164 format (+1234567890)")
        for message in messages[3...] { #expect(message?.contains("stopOnError") == true) }
        #expect(try await total(house) == 2)
        let first = try await post(house, #"{"contactPhone":"1"},"# + rows(2), #","stopOnError":true"#)
        #expect(first.status == 400)
        let fromAgent = #"{"contactPhone":"+15005550001","callerId":"+15005550777"},"#
        let second = try await post(house, rows(1) + "," + fromAgent + rows(1), #","stopOnError":true"#)
        #expect((second.status, second.data["scheduled"].int) == (207, 1))
    }

    @Test(
        "What is wrong with the batch as a whole is 400, and nothing is scheduled",
        arguments: [
            (#""calls":[]"#, ["calls"]), (#""calls":null"#, ["calls"]), (#""calls":{}"#, ["calls"]), ("", ["calls"]),
            (#""calls":[ROW],"defaultPriority":11"#, ["defaultPriority"]),
            (#""calls":[ROW],"defaultScheduledAt":"2026-03-04""#, ["defaultScheduledAt"]),
            (#""calls":[ROW],"defaultScheduledAt":"2046-03-04T00:00:00Z""#, ["defaultScheduledAt"]),
            (#""calls":[ROW],"stopOnError":1"#, ["stopOnError"]), (#""calls":[ROW],"name":7"#, ["name"]),
            (#""calls":[ROW],"name":"""#, ["name"]), (#""calls":[ROW],"stopOnErorr":true"#, ["stopOnErorr"]),
            (#""calls":[ROW],"timezoneAwareConfig":{"timezone":"UTC"}"#, ["timezoneAwareConfig.timezone"]),
            (
                #""calls":[ROW],"timezoneAwareConfig":{"callWindow":{"start":"09:00","end":"17:00"}}"#,
                ["timezoneAwareConfig.callWindow"]
            ),
            (#""calls":[ROW],"retryConfig":{"maxRetries":11}"#, ["retryConfig.maxRetries"]),
            (#""calls":[ROW],"retryConfig":[]"#, ["retryConfig"]),
            (#""calls":[ROW],"scheduledAt":"2026-03-04T00:00:00Z""#, ["scheduledAt"]),
        ])
    func wholeFaults(_ fields: String, _ faults: [String]) async throws {
        let house = try await House()
        let body = fields.replacing("ROW", with: rows(1))
        let comma = body.isEmpty ? "" : ","
        let reply = try await house.send(
            .post, "/api/v1/calls/batch", #"{"agentId":"\#(house.agent)"\#(comma)\#(body)}"#)
        #expect(reply.status == 400)
        #expect(reply.faults == faults)
        #expect(reply.isErrorShape)
        #expect(try await total(house) == 0)
    }

    @Test("What the batch says of retries and windows holds for the rows that say nothing of them")
    func defaultsOfRetriesAndWindows() async throws {
        let house = try await House()
        let config = """
            "retryConfig":{"maxRetries":3,"retryOnBusy":false},"timezoneAwareConfig":{"defaultTimezone":"Asia/Kathmandu",\
            "callWindow":{"start":"18:00","end":"19:00"}}
            """
        let body = """
            {"phoneNumber":"+15005550001"},{"phoneNumber":"+15005550001","maxRetries":0,"callWindow":{"start":"20:00",\
            "end":"21:00"}},{"phoneNumber":"+15005550001","callWindow":{"start":"13:00","end":"14:00","timezone":"UTC"}}
            """
        let reply = try await post(house, body, "," + config)
        #expect(reply.status == 201, "\(reply.text)")
        var due: [String?] = []
        var retries: [Int?] = []
        for row in reply.data["results"].array {
            let id = try #require(row["id"].string)
            due.append(try await house.send(.get, "/api/v1/calls/\(id)").data["queue"]["nextAttemptAt"].string)
            retries.append(
                try await house.store.call(CallID(rawValue: id), at: house.clock.now)?.call.retries?.maxRetries)
        }
        #expect(due == ["2026-03-01T12:15:00.000Z", "2026-03-01T14:15:00.000Z", "2026-03-01T13:00:00.000Z"])
        #expect(retries == [3, nil, 3])
    }

    @Test("The agent is judged for the whole request, before anything else")
    func agent() async throws {
        let house = try await House()
        for (agent, status, message) in [
            (house.strangersAgent.rawValue, 403, "Access denied - agent belongs to different organization"),
            ("550e8400-e29b-41d4-a716-446655440000", 404, "Agent not found"), ("7", 400, "Invalid agent ID format"),
        ] {
            for calls in [rows(1), #"{"contactPhone":"1"}"#, ""] {
                let reply = try await house.send(
                    .post, "/api/v1/calls/batch", #"{"agentId":"\#(agent)","calls":[\#(calls)],"defaultPriority":3}"#)
                #expect((reply.status, reply.message) == (status, message), "\(calls)")
            }
        }
        let missing = try await house.send(.post, "/api/v1/calls/batch", #"{"calls":[\#(rows(1))]}"#)
        #expect((missing.status, missing.faults) == (400, ["agentId"]))
    }

    @Test("An agent without a trunk schedules nothing")
    func trunk() async throws {
        let house = try await House()
        let batches = Batches(
            store: house.store, agents: house.store, operations: house.services.operations, bell: Bell(),
            clock: house.clock, limits: DialLimits())
        let caller = Caller(key: house.adminKey, organization: House.organization, role: .admin)
        let order = CallOrder(agent: house.agent, contact: Contact(phone: try #require(PhoneNumber("+15005550001"))))
        await #expect {
            _ = try await batches.schedule(
                BatchOrder(agent: house.agent, name: nil, stopOnError: false, rows: [.order(order)]), by: caller)
        } throws: { error in
            guard case .invalid(let faults) = error as? ControlError else { return false }
            return faults.map(\.field) == ["agentId"]
        }
        #expect(try await total(house) == 0)
    }

    @Test("A thousand rows are taken, a thousand and one are not", arguments: [(1000, 201), (1001, 400)])
    func count(_ count: Int, _ status: Int) async throws {
        let house = try await House()
        let reply = try await post(house, rows(count))
        #expect(reply.status == status)
        if status == 400 { #expect(reply.faults == ["calls"]) }
        #expect(try await total(house) == (status == 201 ? 1000 : 0))
    }

    @Test("A body of 8 MiB is read, one byte more is not, and other routes take 1 MiB as before")
    func size() async throws {
        let house = try await House()
        let limit = 8 << 20
        let metadata = #"{"a":"\#(String(repeating: "x", count: 16_000))"}"#
        let calls = (0..<500).map { _ in #"{"contactPhone":"+15005550001","metadata":\#(metadata)}"# }
        let body = #"{"agentId":"\#(house.agent)","calls":[\#(calls.joined(separator: ","))]}"#
        let padded = Array(body.utf8) + [UInt8](repeating: 0x20, count: limit - body.utf8.count)
        let headers = ["idempotency-key": "large"]
        #expect(
            try await house.send(.post, "/api/v1/calls/batch", bytes: padded, headers: headers).status == 201)
        #expect(try await total(house) == 500)
        let over = try await house.send(.post, "/api/v1/calls/batch", bytes: padded + [0x20])
        #expect((over.status, over.message) == (413, "Request body is larger than \(limit) bytes"))
        let other = [UInt8](repeating: 0x20, count: (1 << 20) + 1)
        #expect(try await house.send(.post, "/api/v1/calls/schedule", bytes: other).status == 413)
        #expect(try await house.send(.post, "/api/v1/calls/schedule", bytes: other, headers: headers).status == 413)
    }

    @Test("A batch with a key that was used has the first answer, 207 too, and a refused one is not kept")
    func repeated() async throws {
        let house = try await House()
        let headers = ["idempotency-key": "k"]
        let calls = rows(2) + #",{"contactPhone":"1"}"#
        #expect(try await post(house, #"{"contactPhone":"1"}"#, headers: headers).status == 400)
        let first = try await post(house, calls, headers: headers)
        #expect((first.status, first[header: "idempotency-replayed"]) == (207, nil))
        let again = try await post(house, calls, headers: headers)
        #expect((again.status, again[header: "idempotency-replayed"], again.text) == (207, "true", first.text))
        #expect(try await post(house, rows(2), headers: headers).status == 422)
        #expect(try await total(house) == 2)
        #expect(try await house.send(.get, "/api/v1/batches").data["pagination"]["total"].int == 1)
    }

    @Test("A dry run judges every row and schedules none")
    func rehearsal() async throws {
        let house = try await House()
        let calls = rows(2) + #",{"contactPhone":"1"},{"contactPhone":"+15005550001","callerId":"+15005550777"}"#
        for _ in 0..<2 {
            let reply = try await post(house, calls, #","dryRun":true"#, headers: ["idempotency-key": "k"])
            #expect((reply.status, reply[header: "idempotency-replayed"]) == (200, nil))
            #expect(reply.data["batchId"].isNull && reply.data["results"][0]["id"].isNull)
            #expect((reply.data["scheduled"].int, reply.data["failed"].int) == (2, 2))
            #expect(reply.data["results"].array.map { $0["error"].exists } == [false, false, true, true])
        }
        #expect(try await post(house, #"{"contactPhone":"1"}"#, #","dryRun":true"#).status == 200)
        #expect(try await total(house) == 0)
        #expect(try await house.send(.get, "/api/v1/batches").data["pagination"]["total"].int == 0)
    }

    @Test("Who may: admin and operator", arguments: [(Credential.operator, 201), (.viewer, 403), (.worker, 403)])
    func roles(_ credential: Credential, _ status: Int) async throws {
        let house = try await House()
        #expect(try await post(house, rows(1), key: credential).status == status)
        #expect(try await total(house) == (status == 201 ? 1 : 0))
    }

    @Test("The audit log has one entry for the batch")
    func audit() async throws {
        let house = try await House()
        let id = try #require(try await post(house, rows(3) + ",7", #","name":"Spring""#).data["batchId"].string)
        let entries = try await house.send(.get, "/api/v1/audit").data["entries"].array
        let last = try #require(entries.last)
        #expect((last["action"].string, last["subject"].string) == ("batch.create", id))
        #expect((last["detail"]["total"].int, last["detail"]["scheduled"].int) == (4, 3))
        #expect(last["detail"]["name"].string == "Spring")
    }
}
