import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite("GET /api/v1/calls/{id}")
struct CallTests {
    static let members = [
        "agent", "answeredAt", "attempts", "batchId", "callMetadata", "callWindows", "callerId", "cancelledBy",
        "contact", "createdAt",
        "direction",
        "dispatchId", "duration", "endedAt", "failureReason", "id", "jobId", "maxRetries", "metadata", "outcome",
        "phoneNumber",
        "priority", "queue",
        "recordingUrl", "retryIntervals", "retryOnBusy", "retryOnFailed", "retryOnNoAnswer", "retrySchedule", "roomId",
        "roomName", "scheduledAt", "sipCallId", "sipParticipantId", "startedAt", "status",
        "summary",
        "termination", "transcript", "updatedAt",
    ]

    @Test("It has exactly the documented members, and LiveKit's view while it is live", arguments: CallStatus.allCases)
    func members(_ status: CallStatus) async throws {
        let house = try await House()
        let id = try await house.call(status)
        let data = try await house.send(.get, "/api/v1/calls/\(id)").data
        let isLive = [.connecting, .ringing, .active].contains(status)
        #expect(data.names == (Self.members + (isLive ? ["liveRoomStatus"] : [])).sorted())
        #expect(data["status"].string == status.rawValue)
        #expect(data["queue"].isNull == (status != .initiated))
        #expect(data["agent"].names == ["id", "name", "type"])
        #expect(data["endedAt"].isNull == !status.isFinal)
    }

    @Test("A call that was spoken on shows its attempt, its ids and its duration")
    func completed() async throws {
        let house = try await House()
        let start = house.clock.now
        let id = try await house.call(.completed)
        let data = try await house.send(.get, "/api/v1/calls/\(id)").data
        #expect(data["startedAt"].string == start.description)
        #expect(data["answeredAt"].string == (start + .seconds(5)).description)
        #expect(data["endedAt"].string == (start + .seconds(10)).description)
        #expect(data["duration"].int == 5)
        #expect(data["roomName"].string == "sb-test-\(id)-1")
        #expect(data["roomId"].string == "RM_1")
        #expect(data["dispatchId"].string == "AD_1")
        #expect(data["jobId"].string == "AJ_1")
        #expect(data["callerId"].string == "+15005550100")
        let attempt = data["attempts"][0]
        #expect(
            attempt.names == [
                "answeredAt", "endedAt", "failureReason", "number", "ringingAt", "sipStatusCode", "startedAt", "status",
            ])
        #expect(attempt["number"].int == 1)
        #expect(attempt["status"].string == "completed")
        #expect(data["termination"].names == ["attempts", "lastError", "requestedAt", "state", "verifiedAt"])
    }

    @Test("A refused call says why")
    func declined() async throws {
        let house = try await House()
        let id = try await house.call(.failed)
        let data = try await house.send(.get, "/api/v1/calls/\(id)").data
        #expect(data["failureReason"].string == "declined")
        #expect(data["attempts"][0]["sipStatusCode"].int == 603)
        #expect(data["duration"].isNull)
    }

    @Test("The live room is asked at that moment, and what it cannot tell is null")
    func liveRoom() async throws {
        let house = try await House()
        let id = try await house.call(.active)
        let joined = house.clock.now
        house.phone.showRooms { _ in
            LiveRoomStatus(
                roomExists: true,
                participants: [
                    LiveRoomStatus.Participant(
                        identity: "phone", kind: "SIP", state: "ACTIVE", joinedAt: joined,
                        attributes: ["sip.callStatus": "active", "a": "\"\n\u{2028}"])
                ])
        }
        let room = try await house.send(.get, "/api/v1/calls/\(id)").data["liveRoomStatus"]
        #expect(room["roomExists"].bool == true)
        #expect(room["numParticipants"].int == 1)
        #expect(room["participants"][0].names == ["attributes", "identity", "joinedAt", "kind", "state"])
        #expect(room["participants"][0]["joinedAt"].string == joined.description)
        #expect(room["participants"][0]["attributes"]["a"].string == "\"\n\u{2028}")
        house.phone.showRooms { _ throws(PhoneFailure) in throw PhoneFailure.unreachable("down") }
        let down = try await house.send(.get, "/api/v1/calls/\(id)")
        #expect(down.status == 200 && down.data["liveRoomStatus"].isNull)
        #expect(down.data["liveRoomStatus"].exists)
    }

    @Test("LiveKit gets two seconds and no more for its view")
    func slowRoom() async throws {
        let house = try await House()
        let id = try await house.call(.ringing)
        let clock = house.clock
        house.phone.showRooms { _ throws(PhoneFailure) in
            try? await clock.sleep(until: .never)
            return LiveRoomStatus(roomExists: true, participants: [])
        }
        async let reply = house.send(.get, "/api/v1/calls/\(id)")
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(2))
        let answer = try await reply
        #expect(answer.status == 200)
        #expect(answer.data["liveRoomStatus"].isNull)
    }

    @Test("An inactive agent's call says who holds it")
    func held() async throws {
        let house = try await House()
        #expect(try await house.send(.delete, "/api/v1/agents/\(house.agent)").status == 200)
        let id = try await house.call(.initiated)
        let queue = try await house.send(.get, "/api/v1/calls/\(id)").data["queue"]
        #expect(queue["state"].string == "held")
        #expect(queue["heldBy"][0]["kind"].string == "agent_inactive")
        #expect(queue["heldBy"][0]["id"].string == house.agent.rawValue)
        #expect(queue.names == ["heldBy", "nextAttemptAt", "position", "state"])
    }

    @Test(
        "Every character of a name survives the way through JSON",
        arguments: [
            "Ada", "\"quoted\" \\ back/slash", "ümläut 漢字 🎉", "e\u{301}", "line\u{2028}sep\u{2029}",
            "\u{7F}".isEmpty ? "" : "tab-less",
            "\u{E2}\u{20AC}", "نص عربي", "a\u{FEFF}b", "\u{FFFD}", "</script>",
        ])
    func characters(_ name: String) async throws {
        let house = try await House()
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let id = try await house.scheduled(#","contactName":"\#(quoted)""#)
        let reply = try await house.send(.get, "/api/v1/calls/\(id)")
        #expect(reply.data["contact"]["name"].string?.unicodeScalars.elementsEqual(name.unicodeScalars) == true)
        #expect(!reply.text.unicodeScalars.contains("\u{2028}"))
    }
}
