import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite("GET /api/v1/calls/{id}/explain")
struct ExplainTests {
    static let members = [
        "estimatedDialAt", "holds", "id", "limits", "nextAttemptAt", "position", "state", "status", "summary",
    ]

    @Test(
        "It says where a call is, whatever that is",
        arguments: [
            (CallStatus.initiated, "ready"), (.connecting, "dialling"), (.ringing, "ringing"), (.active, "active"),
            (.completed, "hanging_up"), (.cancelled, "hanging_up"), (.busy, "hanging_up"),
        ])
    func states(_ status: CallStatus, _ state: String) async throws {
        let house = try await House()
        let id = try await house.call(status)
        let reply = try await house.send(.get, "/api/v1/calls/\(id)/explain")
        #expect(reply.status == 200)
        #expect(reply.data.names == Self.members)
        #expect(reply.data["limits"].names == ["dialsPerSecond", "live", "maxLive"])
        #expect((reply.data["status"].string, reply.data["state"].string) == (status.rawValue, state))
        #expect(reply.data["holds"].array.isEmpty)
        #expect(reply.data["summary"].string?.hasSuffix(".") == true)
        #expect(reply.data["estimatedDialAt"].string == (status == .initiated ? house.clock.now.description : nil))
    }

    @Test("It names every hold, and the time that it waits for")
    func holds() async throws {
        let house = try await House()
        let call = try await house.scheduled()
        let stop = try await house.stop(#"{"all":true}"#, #","queue":"hold""#)
        _ = try await house.send(.delete, "/api/v1/agents/\(house.agent)")
        let path = "/api/v1/calls/\(call)/explain"
        let data = try await house.send(.get, path).data
        #expect(data["holds"].array.compactMap { $0["kind"].string } == ["agent_inactive", "stop", "schedule"])
        #expect(data["holds"].array.map { $0["id"].string } == [house.agent.rawValue, stop, nil])
        #expect(data["state"].string == "held")
        #expect(data["estimatedDialAt"].isNull)
        #expect(data["summary"].string == "It is held: its agent is inactive.")
        _ = try await house.send(.patch, "/api/v1/agents/\(house.agent)", #"{"status":"active"}"#)
        _ = try await house.send(.delete, "/api/v1/stops/\(stop)")
        let tomorrow = (house.clock.now + .seconds(86_400)).description
        let free = try await house.send(.get, path).data
        #expect(free["state"].string == "scheduled")
        #expect(free["summary"].string == "It waits: its time is \(tomorrow).")
        #expect(free["estimatedDialAt"].string == tomorrow)
    }

    @Test("Behind others it tells their number and reckons with the rate")
    func rate() async throws {
        let house = try await House()
        var id = ""
        for _ in 0..<41 {
            id = try await house.call(.initiated)
            house.clock.advance(by: .milliseconds(1))
        }
        let data = try await house.send(.get, "/api/v1/calls/\(id)/explain").data
        #expect(data["position"].int == 41)
        #expect(data["holds"].array.compactMap { $0["kind"].string } == ["rate"])
        // Forty go first, at twenty a second.
        #expect(data["estimatedDialAt"].string == (house.clock.now + .seconds(2)).description)
        #expect(data["limits"]["dialsPerSecond"].int == 20)
    }

    @Test("Later than it may be, it says what will become of it")
    func tooLate() async throws {
        let house = try await House()
        let id = try await house.call(.initiated)
        _ = try await house.stop(#"{"all":true}"#, #","queue":"hold""#)
        house.clock.advance(by: .seconds(901))
        let summary = try await house.send(.get, "/api/v1/calls/\(id)/explain").data["summary"].string
        #expect(summary?.contains("expired") == true)
    }
}
