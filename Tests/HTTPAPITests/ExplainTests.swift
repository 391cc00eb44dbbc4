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
        #expect(reply.data["limits"].names == ["dialsPerSecond", "gates", "live", "maxLive"])
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
        // Forty go first, at twenty in 1,004 ms.
        #expect(data["estimatedDialAt"].string == (house.clock.now + .milliseconds(2008)).description)
        #expect(data["limits"]["dialsPerSecond"].int == 20)
    }

    @Test("It names the gate that is full, and how full the others are")
    func gates() async throws {
        let house = try await House()
        let path = "/api/v1/agents/\(house.agent)"
        _ = try await house.send(.patch, path, #"{"maxConcurrentCalls":1,"callsPerSecond":0.5}"#)
        _ = try await house.call(.ringing)
        let id = try await house.call(.initiated)
        let data = try await house.send(.get, "/api/v1/calls/\(id)/explain").data
        #expect(data["holds"].array.map { $0["kind"].string } == ["limit"])
        #expect(data["holds"].array.map { $0["id"].string } == [house.agent.rawValue])
        #expect(data["summary"].string == "It waits: 1 calls of this agent are live, and no more than 1 may be.")
        #expect(data["estimatedDialAt"].isNull)
        let gates = data["limits"]["gates"].array
        #expect(gates.map { $0["kind"].string } == ["server", "agent"])
        #expect(gates.map { $0["live"].int } == [1, 1])
        #expect(gates.map { $0["maxConcurrentCalls"].int } == [500, 1])
        #expect(gates.last?["opensAt"].isNull == false)
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
