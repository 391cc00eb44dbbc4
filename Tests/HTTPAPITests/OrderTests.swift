import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite("What may be asked of a call, field by field")
struct OrderTests {
    static let agent = "AGENT"

    private func post(_ house: House, _ path: String, _ body: String) async throws -> Reply {
        try await house.send(.post, "/api/v1/calls/\(path)", body.replacing("AGENT", with: house.agent.rawValue))
    }

    @Test(
        "A field that is wrong is named",
        arguments: [
            (#""contactPhone":"5005550001""#, "contactPhone"), (#""contactPhone":15005550001"#, "contactPhone"),
            (#""phoneNumber":"+05005550001""#, "phoneNumber"), (#""contactPhone":"+1500555000112345""#, "contactPhone"),
            (#""priority":11"#, "priority"), (#""priority":-1"#, "priority"), (#""priority":"5""#, "priority"),
            (#""priority":5.5"#, "priority"), (#""priority":1e300"#, "priority"),
            (#""priority":99999999999999999999"#, "priority"),
            (#""scheduledAt":"2026-03-02""#, "scheduledAt"), (#""scheduledAt":"2026-03-02T10:00:00""#, "scheduledAt"),
            (#""scheduledAt":"tomorrow""#, "scheduledAt"), (#""scheduledAt":1772366400"#, "scheduledAt"),
            (#""scheduledAt":"2026-02-30T10:00:00Z""#, "scheduledAt"),
            (#""scheduledAt":"9999-12-31T23:59:59Z""#, "scheduledAt"),
            (#""scheduledAt":"275760-09-13T00:00:00Z""#, "scheduledAt"),
            (#""scheduledAt":"-001-01-01T00:00:00Z""#, "scheduledAt"),
            (#""scheduledAt":"2031-03-10T10:00:00Z""#, "scheduledAt"),
            (#""scheduledAt":"2026-03-01T11:58:59.999Z""#, "scheduledAt"),
            (#""scheduledAt":"1970-01-01T00:00:00+23:59""#, "scheduledAt"), (#""scheduledAt":"""#, "scheduledAt"),
            (#""callerId":"+15005550199""#, "callerId"), (#""callerId":"me""#, "callerId"),
            (#""contactName":"""#, "contactName"), (#""contactName":"a\nb""#, "contactName"),
            (#""contactName":{}"#, "contactName"),
            (#""contactEmail":"nobody""#, "contactEmail"), (#""contactEmail":"@""#, "contactEmail"),
            (#""metadata":"text""#, "metadata"), (#""metadata":[]"#, "metadata"),
            (#""callMetadata":7"#, "callMetadata"),
            (#""schedulesAt":"2026-03-02T10:00:00Z""#, "schedulesAt"), (#""direction":"outbound""#, "direction"),
        ])
    func faults(_ field: String, _ name: String) async throws {
        let house = try await House()
        let phone = field.contains("Phone") || field.contains("phoneNumber") ? "" : #""contactPhone":"+15005550001","#
        let reply = try await post(house, "schedule", #"{"agentId":"AGENT",\#(phone)\#(field)}"#)
        #expect(reply.status == 400)
        #expect(reply.isErrorShape)
        #expect(reply.faults == [name], "\(reply.text)")
        #expect(try await house.send(.get, "/api/v1/calls").data["calls"].array.isEmpty)
    }

    @Test(
        "A misspelt field is answered with the nearest one",
        arguments: [
            ("sheduledAt", "scheduledAt"), ("scheduled_at", "scheduledAt"), ("ScheduledAt", "scheduledAt"),
            ("prioritty", "priority"),
            ("calllerId", "callerId"), ("contactphone", "contactPhone"), ("metdata", "metadata"),
        ])
    func nearest(_ misspelt: String, _ meant: String) async throws {
        let house = try await House()
        let body = #"{"agentId":"AGENT","contactPhone":"+15005550001","\#(misspelt)":null}"#
        let reply = try await post(house, "schedule", body)
        #expect(reply.message == "Unknown field \(misspelt) (did you mean \(meant)?)")
    }

    @Test("All faults of a request are told at once")
    func allAtOnce() async throws {
        let house = try await House()
        let reply = try await post(
            house, "schedule", #"{"agentId":"AGENT","priority":77,"scheduledAt":"x","nonesuch":1}"#)
        #expect(reply.faults.sorted() == ["contactPhone", "nonesuch", "priority", "scheduledAt"])
    }

    @Test(
        "The documented sentence for a phone number, in the message and in the details",
        arguments: ["schedule", "outbound"])
    func phoneSentence(_ path: String) async throws {
        let house = try await House()
        let reply = try await post(house, path, #"{"agentId":"AGENT","phoneNumber":"555"}"#)
        #expect(
            reply.text
                == #"{"error":{"message":"Phone number must be in E.164 format (+1234567890)","code":400,"details":[{"field":"phoneNumber","reason":"Phone number must be in E.164 format (+1234567890)"}]}}"#
        )
    }

    @Test("Either name of the phone number will do, and both if they agree", arguments: ["schedule", "outbound"])
    func aliases(_ path: String) async throws {
        let house = try await House()
        for (fields, status) in [
            (#""phoneNumber":"+15005550001""#, 201), (#""contactPhone":"+15005550001""#, 201),
            (#""contactPhone":"+15005550001","phoneNumber":"+15005550001""#, 201),
            (#""contactPhone":"+15005550001","phoneNumber":null"#, 201),
            (#""contactPhone":"+15005550001","phoneNumber":"+15005550002""#, 400), (#""contactPhone":null"#, 400),
        ] {
            let reply = try await post(house, path, #"{"agentId":"AGENT",\#(fields)}"#)
            #expect(reply.status == status, "\(fields)")
            if status == 201 { #expect(reply.data["phoneNumber"].string == "+15005550001") }
        }
    }

    @Test("Outbound takes its own fields only")
    func outbound() async throws {
        let house = try await House()
        let good = try await post(
            house, "outbound",
            #"{"agentId":"AGENT","phoneNumber":"+15005550001","callerId":"+15005550100","metadata":{"a":1},"priority":0}"#
        )
        #expect(good.status == 201)
        #expect(good.data["status"].string == "initiated")
        #expect(good.data["queue"]["state"].string == "ready")
        #expect(good.data["priority"].int == 0)
        for field in ["scheduledAt", "contactName", "callMetadata", "maxRetries"] {
            let reply = try await post(
                house, "outbound", #"{"agentId":"AGENT","phoneNumber":"+15005550001","\#(field)":null}"#)
            #expect(reply.faults == [field])
        }
    }

    @Test("Free-form objects come back byte for byte, up to 16 KiB")
    func freeForm() async throws {
        let house = try await House()
        let metadata = "{\"b\" : [1, 2.50, {\"\\u00fc\":null}],  \"a\":\"\u{2028}<>&/\\/\"}"
        let id = try await house.scheduled(#","metadata":\#(metadata),"callMetadata":{}"#)
        let reply = try await house.send(.get, "/api/v1/calls/\(id)")
        #expect(reply.text.contains("\"metadata\":\(metadata),\"callMetadata\":{},"))
        let rest = 16 * 1024 - #"{"a":""}"#.utf8.count
        let full = #"{"a":"\#(String(repeating: "x", count: rest))"}"#
        _ = try await house.scheduled(#","metadata":\#(full)"#)
        let over = #"{"a":"\#(String(repeating: "x", count: rest + 1))"}"#
        let refused = try await post(
            house, "outbound", #"{"agentId":"AGENT","phoneNumber":"+15005550001","metadata":\#(over)}"#)
        #expect(refused.faults == ["metadata"])
    }

    @Test("32 levels are read, 33 are not")
    func depth() async throws {
        let house = try await House()
        for (levels, status) in [(30, 201), (31, 400)] {
            let nested = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
            let reply = try await post(
                house, "outbound", #"{"agentId":"AGENT","phoneNumber":"+15005550001","metadata":{"a":\#(nested)}}"#)
            #expect(reply.status == status)
        }
    }

    @Test("Any offset is understood, and the answer is UTC with milliseconds")
    func offsets() async throws {
        let house = try await House()
        let reply = try await post(
            house, "schedule",
            #"{"agentId":"AGENT","contactPhone":"+15005550001","scheduledAt":"2026-03-02T01:30:00.1239+05:30"}"#)
        #expect(reply.data["scheduledAt"].string == "2026-03-01T20:00:00.123Z")
        #expect(reply.json["message"].string == "Call scheduled successfully")
        #expect(reply.data["queue"]["state"].string == "scheduled")
    }

    @Test(
        "A parameter that a POST does not take is no reason to do the real thing",
        arguments: ["calls/schedule", "calls/outbound", "agents", "api-keys"])
    func query(_ path: String) async throws {
        let house = try await House()
        let bodies = ["agents": #"{"name":"a"}"#, "api-keys": #"{"name":"a","role":"admin"}"#]
        let body = bodies[path] ?? #"{"agentId":"\#(house.agent)","phoneNumber":"+15005550001"}"#
        let query = try await house.send(.post, "/api/v1/\(path)?dryRun=true", body)
        #expect((query.status, query.faults) == (400, ["dryRun"]))
        #expect(try await house.send(.post, "/api/v1/\(path)", body).status == 201)
    }
}
