import CallControl
import CallCore
import Foundation
import HTTPAPI
import HTTPTypes
import TestSupport
import Testing

/// Every field of the requests that make calls, through each door that it has; the house's clock shows 2026-03-01, 12:00 UTC.
@Suite("The field tables of schedule, outbound and batch")
struct FieldTableTests {
    /// A row of a batch has the fields of schedule.
    enum Door: String, CaseIterable { case schedule, outbound, row }

    /// What a request came to: the call's id, or the names of the fields that are wrong.
    private struct Outcome {
        let status: Int
        let id: String?
        let faults: [String]
        let text: String
    }

    private func post(_ house: House, _ door: Door, _ fields: String) async throws -> Outcome {
        let agent = #""agentId":"\#(house.agent)""#
        guard door == .row else {
            let reply = try await house.send(.post, "/api/v1/calls/\(door.rawValue)", "{\(agent),\(fields)}")
            return Outcome(
                status: reply.status, id: reply.data["id"].string, faults: reply.faults, text: reply.text)
        }
        let reply = try await house.send(.post, "/api/v1/calls/batch", #"{\#(agent),"calls":[{\#(fields)}]}"#)
        return Outcome(
            status: reply.status, id: reply.data["results"][0]["id"].string,
            faults: reply.faults.map { $0.replacing("calls[0].", with: "") }, text: reply.text)
    }

    /// With a number to call, unless the field is that.
    private func withPhone(_ fields: String) -> String {
        fields.contains("contactPhone") || fields.contains("phoneNumber")
            ? fields : #""contactPhone":"+15005550001",\#(fields)"#
    }

    /// The value there, as JSON with its members in order.
    private func text(_ data: JSON, _ path: String) throws -> String {
        let value = path.split(separator: ".").reduce(data) { $0[String($1)] }.value ?? NSNull()
        let bytes = try JSONSerialization.data(
            withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Given, and shown by GET

    /// The field as it is given, where GET shows it, and as what.
    private static let everywhere: [(String, String, String)] = [
        (#""contactPhone":"+15005550002""#, "phoneNumber", #""+15005550002""#),
        (#""phoneNumber":"+15005550002""#, "phoneNumber", #""+15005550002""#),
        (#""phoneNumber":"+15005550002","contactPhone":"+15005550002""#, "contact.phone", #""+15005550002""#),
        (#""phoneNumber":null,"contactPhone":"+15005550002""#, "contact.phone", #""+15005550002""#),
        (#""callerId":"+15005550100""#, "callerId", #""+15005550100""#),
        (#""callerId":null"#, "callerId", #""+15005550100""#),
        (#""priority":0"#, "priority", "0"), (#""priority":10"#, "priority", "10"),
        (#""priority":null"#, "priority", "5"),
        (#""metadata":{"b":[1,{"c":null}],"a":"ü"}"#, "metadata", #"{"a":"ü","b":[1,{"c":null}]}"#),
        (#""metadata":{}"#, "metadata", "{}"), (#""metadata":null"#, "metadata", "{}"),
    ]

    private static let hours =
        #"{"days":["friday"],"end":"17:30","source":"call","start":"09:00","timezone":"Europe/Berlin"}"#

    private static let scheduled: [(String, String, String)] = [
        (#""contactName":"Zoë \"Z\" O'Hara""#, "contact.name", #""Zoë \"Z\" O'Hara""#),
        (#""contactName":null"#, "contact.name", "null"),
        (#""contactEmail":"zoe@example.com""#, "contact.email", #""zoe@example.com""#),
        (#""contactEmail":null"#, "contact.email", "null"),
        (#""scheduledAt":"2026-03-02T10:00:00+02:00""#, "scheduledAt", #""2026-03-02T08:00:00.000Z""#),
        (#""scheduledAt":"2026-03-01T11:59:00Z""#, "scheduledAt", #""2026-03-01T11:59:00.000Z""#),
        (#""scheduledAt":"2031-02-27T12:00:00Z""#, "scheduledAt", #""2031-02-27T12:00:00.000Z""#),
        (#""scheduledAt":null"#, "scheduledAt", "null"),
        (#""timezone":"Asia/Kathmandu","localScheduleTime":"18:00""#, "scheduledAt", #""2026-03-01T12:15:00.000Z""#),
        (#""timezone":"Asia/Kathmandu","targetLocalTime":"18:00""#, "scheduledAt", #""2026-03-01T12:15:00.000Z""#),
        (
            #""timezone":"Asia/Kathmandu","targetLocalTime":"18:00","localScheduleTime":"18:00""#, "scheduledAt",
            #""2026-03-01T12:15:00.000Z""#
        ),
        (
            #""timezone":"Asia/Kathmandu","targetLocalTime":null,"localScheduleTime":"18:00""#, "scheduledAt",
            #""2026-03-01T12:15:00.000Z""#
        ),
        (#""timezone":null,"localScheduleTime":null"#, "scheduledAt", "null"),
        (#""timezone":"Europe/Berlin""#, "callWindows", "[]"),
        (#""maxRetries":0"#, "maxRetries", "0"), (#""maxRetries":10"#, "maxRetries", "10"),
        (#""maxRetries":null"#, "maxRetries", "0"), (#""maxRetries":2"#, "retryIntervals", #"["30 minutes"]"#),
        (#""retryIntervals":["30 minutes","2 hours","1 day"]"#, "maxRetries", "3"),
        (
            #""retryIntervals":["PT90M","120 minutes","24 hours","61 seconds","P1W"]"#, "retryIntervals",
            #"["90 minutes","2 hours","1 day","61 seconds","7 days"]"#
        ),
        (#""retryIntervals":"45 minutes""#, "retryIntervals", #"["45 minutes"]"#),
        (#""retryIntervals":null"#, "retryIntervals", "null"),
        (
            #""retrySchedule":["2026-03-02T10:00:00+01:00","2026-03-01T13:00:00Z"]"#, "retrySchedule",
            #"["2026-03-01T13:00:00.000Z","2026-03-02T09:00:00.000Z"]"#
        ),
        (#""retrySchedule":["2026-03-02T10:00:00Z"]"#, "retryIntervals", "null"),
        (#""retrySchedule":null"#, "retrySchedule", "null"),
        (#""maxRetries":1"#, "retryOnNoAnswer", "true"), (#""maxRetries":1"#, "retryOnBusy", "true"),
        (#""maxRetries":1"#, "retryOnFailed", "false"),
        (#""maxRetries":1,"retryOnNoAnswer":false"#, "retryOnNoAnswer", "false"),
        (#""maxRetries":1,"retryOnBusy":false"#, "retryOnBusy", "false"),
        (#""maxRetries":1,"retryOnFailed":true"#, "retryOnFailed", "true"),
        (#""maxRetries":1,"retryOnBusy":null"#, "retryOnBusy", "true"),
        (#""retryOnFailed":true"#, "retryOnFailed", "null"),
        (
            #""callWindow":{"days":["fri"],"start":"09:00","end":"17:30","timezone":"Europe/Berlin"}"#, "callWindows",
            "[\(hours)]"
        ),
        (
            #""timezone":"Europe/Berlin","callWindow":{"days":"Friday","start":"09:00","end":"17:30","timezone":null}"#,
            "callWindows", "[\(hours)]"
        ),
        (#""callWindow":null"#, "callWindows", "[]"),
        (#""callMetadata":{"x":1}"#, "callMetadata", #"{"x":1}"#), (#""callMetadata":null"#, "callMetadata", "null"),
        (#""callMetadata":{"doNotCallBefore":null,"doNotCallAfter":null}"#, "callWindows", "[]"),
        (
            #""callMetadata":{"doNotCallBefore":"08:00","doNotCallAfter":"20:00","timezone":"UTC"}"#, "callWindows",
            #"[{"days":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"],"end":"20:00","source":"callMetadata","start":"08:00","timezone":"UTC"}]"#
        ),
    ]

    @Test("What is given is what GET shows", arguments: Door.allCases)
    func given(_ door: Door) async throws {
        let house = try await House()
        for (fields, path, expected) in Self.everywhere + (door == .outbound ? [] : Self.scheduled) {
            let made = try await post(house, door, withPhone(fields))
            try #require(made.status == 201, "\(fields): \(made.text)")
            let data = try await house.send(.get, "/api/v1/calls/\(try #require(made.id))").data
            #expect(try text(data, path) == expected, "\(fields)")
        }
    }

    // MARK: Wrong

    /// The fields that a string is wanted in, and what is wrong there besides other types.
    private static let noText = ["7", "true", "[]", "{}", #""""#]
    private static let noObject = ["7", "true", "[]", #""x""#]

    private static let wrongEverywhere: [(String, [String])] = [
        ("agentId", noText + ["null", #""7""#]),
        (
            "contactPhone",
            noText + [#""5005550001""#, #""+0500555000""#, #""+1500555000112345""#, #""+1 500 555 0001""#]
        ),
        ("phoneNumber", noText + [#""5005550001""#, #""+1""#]),
        ("callerId", noText + [#""me""#, #""+15005550199""#]),
        ("priority", [#""5""#, "true", "[]", "{}", "-1", "11", "5.5", "1e300"]),
        ("metadata", noObject),
    ]

    private static let wrongScheduled: [(String, [String])] = [
        ("contactName", noText + [#""a\nb""#, "\"\(String(repeating: "x", count: 201))\""]),
        ("contactEmail", noText + [#""nobody""#, #""a b@c""#, "\"\(String(repeating: "x", count: 250))@x.de\""]),
        (
            "scheduledAt",
            noText + [
                #""2026-03-02""#, #""2026-03-02T10:00:00""#, #""2026-03-01T11:58:59Z""#, #""2032-03-02T10:00:00Z""#,
            ]
        ),
        ("timezone", noText + [#""Mars/Base""#, #""GMT+3""#, #""CEST""#]),
        ("localScheduleTime", noText + [#""24:00""#, #""9:00""#, #""0900""#]),
        ("targetLocalTime", noText + [#""24:00""#, #""9:00""#]),
        ("maxRetries", [#""3""#, "true", "[]", "{}", "-1", "11", "1.5"]),
        ("retryIntervals", ["7", "true", "{}", "[]"]), ("retrySchedule", ["7", "true", "{}", "[]"]),
        ("retryOnNoAnswer", ["1", #""yes""#, "[]", "{}"]), ("retryOnBusy", ["1", #""yes""#, "[]", "{}"]),
        ("retryOnFailed", ["1", #""yes""#, "[]", "{}"]), ("callWindow", noObject), ("callMetadata", noObject),
    ]

    @Test("A field that is wrong is named, and no call is made", arguments: Door.allCases)
    func wrong(_ door: Door) async throws {
        let house = try await House()
        for (name, values) in Self.wrongEverywhere + (door == .outbound ? [] : Self.wrongScheduled) {
            for value in values {
                let place = name == "timezone" || !name.hasSuffix("Time") ? "" : #""timezone":"UTC","#
                let field = "\"\(name)\":\(value)"
                let reply: Outcome
                if name == "agentId" {
                    let path = door == .row ? "batch" : door.rawValue
                    let rest = door == .row ? #""calls":[{"contactPhone":"+1500"}]"# : #""contactPhone":"+15005550001""#
                    let told = try await house.send(.post, "/api/v1/calls/\(path)", "{\(field),\(rest)}")
                    reply = Outcome(status: told.status, id: nil, faults: told.faults, text: told.text)
                } else {
                    reply = try await post(house, door, withPhone(place + field))
                }
                #expect((reply.status, reply.faults) == (400, [name]), "\(field): \(reply.text)")
            }
        }
        #expect(try await house.send(.get, "/api/v1/calls").data["calls"].array.isEmpty)
    }

    @Test(
        "Entries of lists and members of objects are named with their place",
        arguments: [
            (#""retryIntervals":["1 hour",7]"#, ["retryIntervals[1]"]),
            (#""retryIntervals":["59 seconds"]"#, ["retryIntervals[0]"]),
            (#""retryIntervals":["31 days"]"#, ["retryIntervals[0]"]),
            (#""retrySchedule":["2026-03-01T12:00:00Z"]"#, ["retrySchedule[0]"]),
            (#""retryIntervals":["1 hour"],"retrySchedule":["2026-03-02T10:00:00Z"]"#, ["retrySchedule"]),
            (#""callWindow":{}"#, ["callWindow.start", "callWindow.end"]),
            (#""callWindow":{"start":9,"end":"17:00","timezone":"UTC"}"#, ["callWindow.start"]),
            (#""callWindow":{"start":"09:00","end":"17:00","timezone":7}"#, ["callWindow.timezone"]),
            (#""callWindow":{"start":"09:00","end":"17:00"}"#, ["callWindow"]),
            (#""callWindow":{"days":[],"start":"09:00","end":"17:00","timezone":"UTC"}"#, ["callWindow.days"]),
            (#""callWindow":{"start":"09:00","end":"09:00","timezone":"UTC"}"#, ["callWindow"]),
            (#""callMetadata":{"doNotCallBefore":9,"timezone":"UTC"}"#, ["callMetadata.doNotCallBefore"]),
            (#""callMetadata":{"doNotCallAfter":"21:00"}"#, ["callMetadata.doNotCallAfter"]),
            (
                #""timezone":"UTC","localScheduleTime":"13:00","scheduledAt":"2026-03-02T10:00:00Z""#,
                ["localScheduleTime"]
            ),
            (#""localScheduleTime":"13:00""#, ["localScheduleTime"]),
        ])
    func places(_ fields: String, _ names: [String]) async throws {
        let house = try await House()
        for door in [Door.schedule, .row] {
            let reply = try await post(house, door, withPhone(fields))
            #expect((reply.status, reply.faults) == (400, names), "\(door): \(reply.text)")
        }
    }

    /// Both spellings of every field that has two: either, both if they agree, and what is said of both if they do not.
    @Test(
        "Of a field with two names, the second is told where both differ",
        arguments: [
            (Door.schedule, "contactPhone", "phoneNumber", #""+15005550002""#, #""+15005550003""#, "phoneNumber"),
            (.row, "contactPhone", "phoneNumber", #""+15005550002""#, #""+15005550003""#, "phoneNumber"),
            (.outbound, "phoneNumber", "contactPhone", #""+15005550002""#, #""+15005550003""#, "phoneNumber"),
            (.schedule, "localScheduleTime", "targetLocalTime", #""18:00""#, #""19:00""#, "scheduledAt"),
            (.row, "localScheduleTime", "targetLocalTime", #""18:00""#, #""19:00""#, "scheduledAt"),
        ])
    func aliases(
        _ door: Door, _ name: String, _ alias: String, _ value: String, _ other: String, _ shown: String
    ) async throws {
        let house = try await House()
        let place = name == "localScheduleTime" ? #","timezone":"UTC","contactPhone":"+15005550001""# : ""
        var seen: Set<String> = []
        for fields in [
            "\"\(name)\":\(value)", "\"\(alias)\":\(value)", "\"\(name)\":\(value),\"\(alias)\":\(value)",
            "\"\(name)\":\(value),\"\(alias)\":null", "\"\(name)\":null,\"\(alias)\":\(value)",
        ] {
            let made = try await post(house, door, fields + place)
            try #require(made.status == 201, "\(fields): \(made.text)")
            seen.insert(
                try text(try await house.send(.get, "/api/v1/calls/\(try #require(made.id))").data, shown))
        }
        #expect(seen.count == 1 && seen != ["null"])
        let both = try await post(house, door, "\"\(name)\":\(value),\"\(alias)\":\(other)\(place)")
        #expect((both.status, both.faults) == (400, [alias]), "\(both.text)")
        if place.isEmpty {
            for none in ["\"\(name)\":null,\"\(alias)\":null", #""priority":5"#] {
                let missing = try await post(house, door, none)
                #expect((missing.status, missing.faults) == (400, [name]), "\(missing.text)")
            }
        }
        let wrong = try await post(house, door, "\"\(name)\":\(value),\"\(alias)\":7\(place)")
        #expect((wrong.status, wrong.faults) == (400, [alias]), "\(wrong.text)")
    }

    // MARK: A batch's own

    /// The field, where GET of its one call shows it, and as what; the row says nothing but its number.
    private static let ofBatches: [(String, String, String)] = [
        (#""defaultPriority":0"#, "priority", "0"), (#""defaultPriority":null"#, "priority", "5"),
        (#""defaultScheduledAt":"2026-03-02T10:00:00+01:00""#, "scheduledAt", #""2026-03-02T09:00:00.000Z""#),
        (#""defaultScheduledAt":null"#, "scheduledAt", "null"), (#""stopOnError":true"#, "status", #""initiated""#),
        (#""stopOnError":null,"dryRun":null,"name":null"#, "status", #""initiated""#),
        (#""retryConfig":{"maxRetries":2}"#, "maxRetries", "2"),
        (#""retryConfig":{"retryIntervals":["1 hour"]}"#, "retryIntervals", #"["1 hour"]"#),
        (
            #""retryConfig":{"retrySchedule":["2026-03-02T10:00:00Z"]}"#, "retrySchedule",
            #"["2026-03-02T10:00:00.000Z"]"#
        ),
        (#""retryConfig":{"maxRetries":1,"retryOnNoAnswer":false}"#, "retryOnNoAnswer", "false"),
        (#""retryConfig":{"maxRetries":1,"retryOnBusy":false}"#, "retryOnBusy", "false"),
        (#""retryConfig":{"maxRetries":1,"retryOnFailed":true}"#, "retryOnFailed", "true"),
        (#""retryConfig":null"#, "maxRetries", "0"), (#""retryConfig":{}"#, "maxRetries", "0"),
        (
            #""timezoneAwareConfig":{"defaultTimezone":"Europe/Berlin","callWindow":{"days":["fri"],"start":"09:00","end":"17:30"}}"#,
            "callWindows", "[\(hours)]"
        ),
        (#""timezoneAwareConfig":null"#, "callWindows", "[]"), (#""timezoneAwareConfig":{}"#, "callWindows", "[]"),
        (#""timezoneAwareConfig":{"callWindow":null,"defaultTimezone":null}"#, "callWindows", "[]"),
    ]

    @Test("What a batch says for its rows is what GET shows of them")
    func batchGiven() async throws {
        let house = try await House()
        for (fields, path, expected) in Self.ofBatches {
            let made = try await house.send(
                .post, "/api/v1/calls/batch",
                #"{"agentId":"\#(house.agent)","calls":[{"phoneNumber":"+15005550001"}],\#(fields)}"#)
            try #require(made.status == 201, "\(fields): \(made.text)")
            let id = try #require(made.data["results"][0]["id"].string)
            #expect(try text(try await house.send(.get, "/api/v1/calls/\(id)").data, path) == expected, "\(fields)")
        }
        let named = try await house.send(
            .post, "/api/v1/calls/batch",
            #"{"agentId":"\#(house.agent)","calls":[{"phoneNumber":"+15005550001"}],"name":"März"}"#)
        let batch = try #require(named.data["batchId"].string)
        #expect(try await house.send(.get, "/api/v1/batches/\(batch)").data["name"].string == "März")
    }

    @Test(
        "A field of a batch that is wrong is named",
        arguments: [
            ("calls", noObject + ["{}", "null"]), ("defaultPriority", [#""5""#, "-1", "11", "1.5", "[]"]),
            ("defaultScheduledAt", noText + [#""2026-03-02""#, #""2032-03-02T10:00:00Z""#]),
            ("stopOnError", ["1", #""true""#, "[]"]), ("dryRun", ["1", #""true""#, "{}"]),
            ("name", noText + ["\"\(String(repeating: "x", count: 201))\""]), ("retryConfig", noObject),
            ("timezoneAwareConfig", noObject),
        ] as [(String, [String])])
    func batchWrong(_ name: String, _ values: [String]) async throws {
        let house = try await House()
        let calls = name == "calls" ? "" : #","calls":[{"phoneNumber":"+15005550001"}]"#
        for value in values {
            let reply = try await house.send(
                .post, "/api/v1/calls/batch", "{\"agentId\":\"\(house.agent)\",\"\(name)\":\(value)\(calls)}")
            #expect((reply.status, reply.faults) == (400, [name]), "\(value): \(reply.text)")
        }
        #expect(try await house.send(.get, "/api/v1/calls").data["calls"].array.isEmpty)
    }

    @Test(
        "Members of a batch's objects are named with their place",
        arguments: [
            (#""retryConfig":{"maxRetries":11}"#, "retryConfig.maxRetries"),
            (#""retryConfig":{"retryIntervals":["soon"]}"#, "retryConfig.retryIntervals[0]"),
            (#""retryConfig":{"retrySchedule":["2026-03-01T12:00:00Z"]}"#, "retryConfig.retrySchedule[0]"),
            (
                #""retryConfig":{"retryIntervals":["1 hour"],"retrySchedule":["2026-03-02T10:00:00Z"]}"#,
                "retryConfig.retrySchedule"
            ),
            (#""retryConfig":{"retryOnNoAnswer":1}"#, "retryConfig.retryOnNoAnswer"),
            (#""retryConfig":{"retryOnBusy":1}"#, "retryConfig.retryOnBusy"),
            (#""retryConfig":{"retryOnFailed":1}"#, "retryConfig.retryOnFailed"),
            (#""retryConfig":{"retries":1}"#, "retryConfig.retries"),
            (#""timezoneAwareConfig":{"defaultTimezone":"Mars"}"#, "timezoneAwareConfig.defaultTimezone"),
            (#""timezoneAwareConfig":{"timezone":"UTC"}"#, "timezoneAwareConfig.timezone"),
            (
                #""timezoneAwareConfig":{"callWindow":{"start":"9","end":"17:00","timezone":"UTC"}}"#,
                "timezoneAwareConfig.callWindow.start"
            ),
        ])
    func batchPlaces(_ field: String, _ name: String) async throws {
        let house = try await House()
        let reply = try await house.send(
            .post, "/api/v1/calls/batch",
            #"{"agentId":"\#(house.agent)","calls":[{"phoneNumber":"+15005550001"}],\#(field)}"#)
        #expect((reply.status, reply.faults) == (400, [name]), "\(reply.text)")
    }
}
