import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import SQLiteStore
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

    @Test("A number that was dialled as often as it may be is told with the time at which it opens")
    func number() async throws {
        let house = try await House(number: NumberLimit(dials: 1, window: .seconds(1800)))
        let begun = house.clock.now
        _ = try await house.call(.ringing)
        let id = try await house.call(.initiated)
        let opening = (begun + .seconds(1802)).description
        let explained = try await house.send(.get, "/api/v1/calls/\(id)/explain").data
        #expect(explained["holds"].array.map { $0["kind"].string } == ["limit", "schedule"])
        #expect(explained["holds"].array.map { $0["id"].string } == ["+15005550001", nil])
        #expect(explained["state"].string == "held")
        #expect(explained["estimatedDialAt"].string == opening)
        #expect(explained["nextAttemptAt"].string == opening)
        #expect(
            explained["summary"].string == """
                It is held: its number was dialled as often as it may be, once in 30 minutes, and may be dialled again at \
                \(opening).
                """)
        let queue = try await house.send(.get, "/api/v1/calls/\(id)").data["queue"]
        #expect((queue["state"].string, queue["nextAttemptAt"].string) == ("held", opening))
        #expect(queue["heldBy"].array.map { $0["kind"].string } == ["limit"])
        #expect(queue["heldBy"].array.map { $0["id"].string } == ["+15005550001"])
        house.clock.advance(by: .seconds(1802))
        let free = try await house.send(.get, "/api/v1/calls/\(id)").data["queue"]
        #expect((free["state"].string, free["heldBy"].array.count) == ("ready", 0))
    }

    /// It waits for its time; but what was dialled by then counts for the estimate.
    @Test("A call whose time has not come is not held by a limit")
    func numberOfTomorrow() async throws {
        let house = try await House(number: NumberLimit(dials: 1, window: .seconds(2 * 86_400)))
        let begun = house.clock.now
        _ = try await house.call(.ringing)
        let id = try await house.scheduled()
        let queue = try await house.send(.get, "/api/v1/calls/\(id)").data["queue"]
        #expect((queue["state"].string, queue["heldBy"].array.count) == ("scheduled", 0))
        let explained = try await house.send(.get, "/api/v1/calls/\(id)/explain").data
        #expect(explained["holds"].array.map { $0["kind"].string } == ["schedule"])
        #expect(explained["estimatedDialAt"].string == (begun + .seconds(2 * 86_400 + 2)).description)
    }

    @Test("GET of a call names the gate that is full, and holds nobody who waits for his turn")
    func heldByAGate() async throws {
        let house = try await House()
        let path = "/api/v1/agents/\(house.agent)"
        _ = try await house.send(.patch, path, #"{"maxConcurrentCalls":1}"#)
        let live = try await house.call(.ringing)
        let id = try await house.call(.initiated)
        let full = try await house.send(.get, "/api/v1/calls/\(id)").data["queue"]
        #expect((full["state"].string, full["position"].int) == ("held", 1))
        #expect(full["heldBy"].array.map { $0["kind"].string } == ["limit"])
        #expect(full["heldBy"].array.map { $0["id"].string } == [house.agent.rawValue])
        _ = try await house.send(.delete, "/api/v1/calls/\(live)")
        var last = id
        for _ in 0..<41 {
            house.clock.advance(by: .milliseconds(1))
            last = try await house.call(.initiated)
        }
        // Two seconds of others go first, and they do.
        let open = try await house.send(.get, "/api/v1/calls/\(last)").data["queue"]
        #expect((open["state"].string, open["heldBy"].array.count) == ("ready", 0))
        #expect(open["position"].int.map { $0 > 1 } == true)
    }

    /// One start in a hundred seconds: that is no turn any more.
    @Test("A rate that lets nobody pass for long holds, one that lets somebody pass in a second does not")
    func heldByARate() async throws {
        let house = try await House()
        let path = "/api/v1/agents/\(house.agent)"
        for (rate, kinds) in [("0.01", ["limit"]), ("1", [])] as [(String, [String])] {
            _ = try await house.send(.patch, path, #"{"callsPerSecond":\#(rate)}"#)
            for _ in 0..<2 {
                _ = try await house.send(
                    .post, "/api/v1/calls/outbound",
                    #"{"agentId":"\#(house.agent)","phoneNumber":"+15005550001"}"#)
            }
            let limits = DialLimits()
            let now = house.clock.now
            let begun = try await house.store.admitDue(
                AdmissionTerms(limits: limits, atMost: 1), at: now, claimingUntil: now + .seconds(8)
            ) { call, scene in
                call.receiving(
                    .lineFree(RoomName(installation: "t", call: call.id, attempt: 1)), in: scene, at: now)
            }
            #expect(begun.admitted.count == 1)
            let waiting = try await house.send(.get, "/api/v1/calls?status=initiated").data["calls"]
            let id = try #require(waiting.array.first?["id"].string)
            let queue = try await house.send(.get, "/api/v1/calls/\(id)").data["queue"]
            #expect(queue["heldBy"].array.compactMap { $0["kind"].string } == kinds)
            house.clock.advance(by: .seconds(200))
        }
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
