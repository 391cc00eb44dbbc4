import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import TestSupport
import Testing

/// The house's clock shows Sunday, 2026-03-01, 12:00 UTC, which is 13:00 in Berlin.
@Suite("The windows of agents and of the organization")
struct WiderWindowTests {
    private static let weekdays =
        #"{"days":["mon","tue","wed","thu","fri"],"start":"09:00","end":"17:00","timezone":"Europe/Berlin"}"#
    private static let monday = "2026-03-02T08:00:00.000Z"
    private static let always = #"{"start":"00:00","end":"24:00","timezone":"UTC"}"#

    private func agent(_ house: House, _ window: String) async throws -> Reply {
        try await house.send(.patch, "/api/v1/agents/\(house.agent)", #"{"callWindow":\#(window)}"#)
    }

    private func organization(_ house: House, _ window: String) async throws -> Reply {
        try await house.send(.patch, "/api/v1/organization", #"{"callWindow":\#(window)}"#)
    }

    private func schedule(_ house: House, _ fields: String = "") async throws -> Reply {
        let body = #"{"agentId":"\#(house.agent)","contactPhone":"+15005550001"\#(fields)}"#
        return try await house.send(.post, "/api/v1/calls/schedule", body)
    }

    @Test("Both are given, shown, changed and taken away")
    func given() async throws {
        let house = try await House()
        let made = try await house.send(.post, "/api/v1/agents", #"{"name":"Eve","callWindow":\#(Self.weekdays)}"#)
        #expect(made.status == 201)
        let window = made.data["callWindow"]
        #expect(window.names == ["days", "end", "start", "timezone"])
        #expect(window["days"].array.compactMap(\.string) == ["monday", "tuesday", "wednesday", "thursday", "friday"])
        #expect((window["start"].string, window["end"].string) == ("09:00", "17:00"))
        #expect(window["timezone"].string == "Europe/Berlin")
        let path = "/api/v1/agents/\(try #require(made.data["id"].string))"
        #expect(try await house.send(.patch, path, #"{"name":"Eva"}"#).data["callWindow"].exists)
        #expect(try await house.send(.get, path).data["callWindow"]["start"].string == "09:00")
        #expect(try await house.send(.patch, path, #"{"callWindow":null}"#).data["callWindow"].isNull)
        let bare = try await house.send(.get, "/api/v1/organization", key: .viewer)
        #expect(bare.data.names == ["callWindow", "id"])
        #expect(bare.data["callWindow"].isNull && bare.data["id"].string == House.organization.rawValue)
        let changed = try await organization(house, Self.weekdays)
        #expect((changed.status, changed.json["message"].string) == (200, "Organization updated successfully"))
        #expect(try await house.send(.patch, "/api/v1/organization", "{}").data["callWindow"]["end"].string == "17:00")
        #expect(try await house.send(.get, "/api/v1/organization").data["callWindow"]["end"].string == "17:00")
        #expect(try await organization(house, "null").data["callWindow"].isNull)
        #expect(try await house.send(.get, "/api/v1/organization", key: .stranger).data["callWindow"].isNull)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#""09:00-17:00""#, "callWindow"), ("[]", "callWindow"), ("7", "callWindow"),
            (#"{"start":"09:00","end":"17:00"}"#, "callWindow"),
            (#"{"start":"09:00","timezone":"UTC"}"#, "callWindow.end"),
            (#"{"start":"09:00","end":"09:00","timezone":"UTC"}"#, "callWindow"),
            (#"{"start":"09:00","end":"17:00","timezone":"Mars/Base"}"#, "callWindow.timezone"),
            (#"{"start":"25:00","end":"17:00","timezone":"UTC"}"#, "callWindow.start"),
            (#"{"days":["caturday"],"start":"09:00","end":"17:00","timezone":"UTC"}"#, "callWindow.days[0]"),
            (#"{"from":"09:00","start":"09:00","end":"17:00","timezone":"UTC"}"#, "callWindow.from"),
        ])
    func faults(_ window: String, _ name: String) async throws {
        let house = try await House()
        for reply in [try await agent(house, window), try await organization(house, window)] {
            #expect(reply.status == 400 && reply.isErrorShape)
            #expect(reply.faults == [name], "\(reply.text)")
        }
        #expect(try await house.send(.get, "/api/v1/agents/\(house.agent)").data["callWindow"].isNull)
    }

    @Test("The organization has nothing else that could be changed")
    func otherFields() async throws {
        let house = try await House()
        let reply = try await house.send(.patch, "/api/v1/organization", #"{"callwindow":null}"#)
        #expect(reply.message == "Unknown field callwindow (did you mean callWindow?)")
    }

    /// The agent's window, the organization's, what the call says; when it is dialled, and whose windows it names.
    @Test(
        "The narrowest holds, and the call says which",
        arguments: [
            (weekdays, "null", "", monday, ["agent"]), ("null", weekdays, "", monday, ["organization"]),
            (always, weekdays, "", nil, ["agent"]), (weekdays, always, "", monday, ["agent"]),
            (weekdays, weekdays, #","callWindow":{"start":"12:00","end":"13:00","timezone":"UTC"}"#, nil, ["call"]),
            (
                weekdays, "null", #","callMetadata":{"doNotCallBefore":"10:00","timezone":"Europe/Berlin"}"#,
                "2026-03-02T09:00:00.000Z", ["callMetadata", "agent"]
            ),
            (
                weekdays, "null",
                #","timezone":"UTC","callWindow":{"start":"12:00","end":"13:00"},"callMetadata":{"doNotCallBefore":"12:30"}"#,
                "2026-03-01T12:30:00.000Z", ["call", "callMetadata"]
            ),
            ("null", weekdays, #","scheduledAt":"2026-03-03T20:00:00Z""#, "2026-03-04T08:00:00.000Z", ["organization"]),
        ] as [(String, String, String, String?, [String])])
    func narrowest(
        _ agents: String, _ organizations: String, _ fields: String, _ due: String?, _ sources: [String]
    ) async throws {
        let house = try await House()
        #expect(try await agent(house, agents).status == 200)
        #expect(try await organization(house, organizations).status == 200)
        let made = try await schedule(house, fields)
        #expect(made.status == 201, "\(made.text)")
        let data = try await house.send(.get, "/api/v1/calls/\(try #require(made.data["id"].string))").data
        #expect(data["queue"]["nextAttemptAt"].string == due ?? house.clock.now.description)
        #expect(data["callWindows"].array.compactMap { $0["source"].string } == sources)
        #expect(data["callWindows"][0].names == ["days", "end", "source", "start", "timezone"])
        // Where its time has not come it is not the window that keeps it.
        let isHeld = due != nil && !fields.contains("scheduledAt")
        #expect(data["queue"]["state"].string == (isHeld ? "held" : due == nil ? "ready" : "scheduled"))
    }

    @Test("A closed one is what holds a call, by the id of whose it is, also one that is asked for now")
    func held() async throws {
        let house = try await House()
        _ = try await organization(house, Self.weekdays)
        let made = try await house.send(
            .post, "/api/v1/calls/outbound", #"{"agentId":"\#(house.agent)","phoneNumber":"+15005550001"}"#)
        let path = "/api/v1/calls/\(try #require(made.data["id"].string))"
        #expect(made.data["queue"]["heldBy"][0]["kind"].string == "window")
        #expect(made.data["queue"]["heldBy"][0]["id"].string == House.organization.rawValue)
        let why = try await house.send(.get, path + "/explain").data
        #expect(why["holds"].array.compactMap { $0["kind"].string } == ["window", "schedule"])
        #expect(why["holds"][0]["id"].string == House.organization.rawValue)
        #expect(why["summary"].string == "It is held: its organization's callWindow is closed at this hour.")
        #expect(why["estimatedDialAt"].string == Self.monday)
        _ = try await agent(house, Self.weekdays.replacing("09:00", with: "10:00"))
        let agents = try await house.send(.get, path).data["queue"]
        #expect(agents["heldBy"][0]["id"].string == house.agent.rawValue)
        #expect(agents["nextAttemptAt"].string == "2026-03-02T09:00:00.000Z")
        // Over, it has none but its own.
        #expect(try await house.send(.delete, path).status == 200)
        #expect(try await house.send(.get, path).data["callWindows"].array.isEmpty)
    }

    @Test("A call that could never be dialled is refused, in a batch by its row")
    func neverOpen() async throws {
        let house = try await House()
        let fields = #","callMetadata":{"doNotCallBefore":"18:00","timezone":"Europe/Berlin"}"#
        for isAgents in [true, false] {
            _ = try await agent(house, isAgents ? Self.weekdays : "null")
            _ = try await organization(house, isAgents ? "null" : Self.weekdays)
            let reply = try await schedule(house, fields)
            #expect((reply.status, reply.faults) == (400, ["callMetadata"]), "\(reply.text)")
            #expect(reply.message?.contains(isAgents ? "its agent" : "its organization") == true)
            let row = #"{"contactPhone":"+15005550001"\#(fields)}"#
            let batch = try await house.send(
                .post, "/api/v1/calls/batch",
                #"{"agentId":"\#(house.agent)","calls":[\#(row),{"contactPhone":"+15005550002"}]}"#)
            #expect(batch.status == 207)
            #expect(batch.data["results"][0]["error"]["details"][0]["field"].string == "callMetadata")
        }
    }

    @Test("A change is an entry of the audit log")
    func audited() async throws {
        let house = try await House()
        _ = try await organization(house, Self.weekdays)
        let last = try #require(try await house.send(.get, "/api/v1/audit").data["entries"].array.last)
        #expect(last["action"].string == "organization.update")
        #expect(last["subject"].string == House.organization.rawValue)
        #expect(last["after"].string?.contains("09:00-17:00 Europe/Berlin") == true)
        #expect(last["actor"].string == house.adminKey.rawValue)
    }
}
