import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import TestSupport
import Testing

/// The house's clock shows Sunday, 2026-03-01, 12:00 UTC, which is 13:00 in Berlin.
@Suite("When a phone may ring")
struct WindowOrderTests {
    private func schedule(_ house: House, _ fields: String) async throws -> Reply {
        let body = #"{"agentId":"\#(house.agent.rawValue)","contactPhone":"+15005550001",\#(fields)}"#
        return try await house.send(.post, "/api/v1/calls/schedule", body)
    }

    @Test(
        "It is dialled when its window opens",
        arguments: [
            (#""callWindow":{"start":"09:00","end":"17:00","timezone":"Europe/Berlin"}"#, "2026-03-01T12:00:00.000Z"),
            (
                #""callWindow":{"days":["mon","Tuesday"],"start":"09:00","end":"17:00","timezone":"Europe/Berlin"}"#,
                "2026-03-02T08:00:00.000Z"
            ),
            (
                #""timezone":"Asia/Kathmandu","callWindow":{"start":"18:00","end":"24:00"}"#,
                "2026-03-01T12:15:00.000Z"
            ),
            (
                #""timezone":"Asia/Kathmandu","callWindow":{"start":"14:00","end":"15:00","timezone":"Europe/Berlin"}"#,
                "2026-03-01T13:00:00.000Z"
            ),
            (
                #""scheduledAt":"2026-03-01T22:30:00Z","callWindow":{"start":"22:00","end":"06:00","timezone":"UTC"}"#,
                "2026-03-01T22:30:00.000Z"
            ),
            (
                #""scheduledAt":"2026-03-02T07:00:00Z","callWindow":{"start":"22:00","end":"06:00","timezone":"UTC"}"#,
                "2026-03-02T22:00:00.000Z"
            ),
            (
                #""timezone":"Europe/Berlin","callMetadata":{"doNotCallBefore":"14:00","x":1}"#,
                "2026-03-01T13:00:00.000Z"
            ),
            (
                #""callMetadata":{"doNotCallBefore":"08:30","doNotCallAfter":"12:00","timezone":"Europe/Berlin"}"#,
                "2026-03-02T07:30:00.000Z"
            ),
            (#""timezone":"UTC","callMetadata":{"doNotCallAfter":"12:00"}"#, "2026-03-02T00:00:00.000Z"),
            // Both must be open.
            (
                #""timezone":"UTC","callMetadata":{"doNotCallBefore":"16:00"},"callWindow":{"start":"09:00","end":"17:00"}"#,
                "2026-03-01T16:00:00.000Z"
            ),
            (#""timezone":"Europe/Berlin","localScheduleTime":"13:30""#, "2026-03-01T12:30:00.000Z"),
            (#""timezone":"Europe/Berlin","targetLocalTime":"12:59""#, "2026-03-02T11:59:00.000Z"),
            (
                #""timezone":"Europe/Berlin","targetLocalTime":"20:00","localScheduleTime":"20:00","callWindow":{"start":"09:00","end":"19:00"}"#,
                "2026-03-02T08:00:00.000Z"
            ),
        ])
    func opens(_ fields: String, _ due: String) async throws {
        let house = try await House()
        let reply = try await schedule(house, fields)
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.data["queue"]["nextAttemptAt"].string == due)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#""callWindow":{"days":[1],"start":"09:00","end":"17:00","timezone":"UTC"}"#, "callWindow.days[0]"),
            (
                #""callWindow":{"days":["caturday"],"start":"09:00","end":"17:00","timezone":"UTC"}"#,
                "callWindow.days[0]"
            ),
            (#""callWindow":{"days":[],"start":"09:00","end":"17:00","timezone":"UTC"}"#, "callWindow.days"),
            (#""callWindow":{"start":"9:00","end":"17:00","timezone":"UTC"}"#, "callWindow.start"),
            (#""callWindow":{"start":"24:00","end":"17:00","timezone":"UTC"}"#, "callWindow.start"),
            (#""callWindow":{"start":"09:00","end":"24:01","timezone":"UTC"}"#, "callWindow.end"),
            (#""callWindow":{"start":"09:00","timezone":"UTC"}"#, "callWindow.end"),
            (#""callWindow":{"start":"09:00","end":"09:00","timezone":"UTC"}"#, "callWindow"),
            (#""callWindow":{"start":"09:00","end":"17:00"}"#, "callWindow"),
            (#""callWindow":{"start":"09:00","end":"17:00","timezone":"Mars/Base"}"#, "callWindow.timezone"),
            (#""callWindow":{"start":"09:00","end":"17:00","zone":"UTC"}"#, "callWindow.zone"),
            (#""callWindow":"09:00-17:00""#, "callWindow"),
            (#""timezone":"GMT+3""#, "timezone"), (#""localScheduleTime":"13:30""#, "localScheduleTime"),
            (#""timezone":"UTC","localScheduleTime":"25:00""#, "localScheduleTime"),
            (#""timezone":"UTC","localScheduleTime":"10:00","targetLocalTime":"11:00""#, "targetLocalTime"),
            (
                #""timezone":"UTC","localScheduleTime":"13:30","scheduledAt":"2026-03-02T10:00:00Z""#,
                "localScheduleTime"
            ),
            (#""callMetadata":{"doNotCallBefore":"09:00"}"#, "callMetadata.doNotCallBefore"),
            (#""timezone":"UTC","callMetadata":{"doNotCallAfter":"9pm"}"#, "callMetadata.doNotCallAfter"),
            (
                #""timezone":"UTC","callMetadata":{"doNotCallBefore":"09:00","doNotCallAfter":"09:00"}"#,
                "callMetadata.doNotCallAfter"
            ),
            // Never both.
            (
                #""timezone":"UTC","callMetadata":{"doNotCallBefore":"18:00"},"callWindow":{"start":"09:00","end":"17:00"}"#,
                "callWindow"
            ),
        ])
    func faults(_ fields: String, _ name: String) async throws {
        let house = try await House()
        let reply = try await schedule(house, fields)
        #expect(reply.status == 400)
        #expect(reply.isErrorShape)
        #expect(reply.faults == [name], "\(reply.text)")
    }

    @Test("A window that is closed is what holds a call")
    func held() async throws {
        let house = try await House()
        let window = #""callWindow":{"days":["friday"],"start":"09:00","end":"17:30","timezone":"Europe/Berlin"}"#
        let reply = try await schedule(house, window)
        #expect(reply.data["queue"]["state"].string == "held")
        #expect(reply.data["queue"]["heldBy"][0]["kind"].string == "window")
        #expect(reply.data["queue"]["nextAttemptAt"].string == "2026-03-06T08:00:00.000Z")
        let told = reply.data["callWindows"][0]
        #expect(told["days"].array.map(\.string) == ["friday"])
        #expect(told["start"].string == "09:00" && told["end"].string == "17:30")
        #expect(told["timezone"].string == "Europe/Berlin")
        let id = try #require(reply.data["id"].string)
        let why = try await house.send(.get, "/api/v1/calls/\(id)/explain")
        #expect(why.text.contains("window"), "\(why.text)")
    }
}
