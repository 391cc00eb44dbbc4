import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import TestSupport
import Testing

@Suite("PATCH of a waiting call")
struct AmendTests {
    private func scheduled(_ house: House, _ fields: String = #""scheduledAt":"2026-03-01T13:00:00Z""#) async throws
        -> String
    {
        let body = #"{"agentId":"\#(house.agent.rawValue)","contactPhone":"+15005550001",\#(fields)}"#
        let reply = try await house.send(.post, "/api/v1/calls/schedule", body)
        return try #require(reply.data["id"].string, "\(reply.text)")
    }

    @Test("What is named is changed, the rest stays")
    func changes() async throws {
        let house = try await House()
        let id = try await scheduled(house, #""scheduledAt":"2026-03-01T13:00:00Z","metadata":{"a":1}"#)
        let reply = try await house.send(.patch, "/api/v1/calls/\(id)", #"{"priority":1,"metadata":null}"#)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply.data["priority"].int == 1)
        #expect(reply.data["scheduledAt"].string == "2026-03-01T13:00:00.000Z")
        #expect(reply.data["metadata"]["a"].int == 1)
        let body = #"{"scheduledAt":"2026-03-01T15:30:00+02:00","metadata":{"b":2}}"#
        #expect(try await house.send(.patch, "/api/v1/calls/\(id)", body).status == 200)
        let call = try await house.send(.get, "/api/v1/calls/\(id)").data
        #expect(call["scheduledAt"].string == "2026-03-01T13:30:00.000Z" && call["metadata"]["b"].int == 2)
        #expect(call["queue"]["nextAttemptAt"].string == "2026-03-01T13:30:00.000Z")
        #expect(call["priority"].int == 1)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#"{"priority":11}"#, "priority"), (#"{"scheduledAt":"soon"}"#, "scheduledAt"),
            (#"{"scheduledAt":"2026-03-01T11:58:00Z"}"#, "scheduledAt"),
            (#"{"scheduledAt":"2036-03-01T11:58:00Z"}"#, "scheduledAt"), (#"{"metadata":[]}"#, "metadata"),
            (#"{"phoneNumber":"+15005550002"}"#, "phoneNumber"), (#"{"prioriti":1}"#, "prioriti"),
        ])
    func faults(_ body: String, _ name: String) async throws {
        let house = try await House()
        let id = try await scheduled(house)
        let reply = try await house.send(.patch, "/api/v1/calls/\(id)", body)
        #expect(reply.status == 400 && reply.isErrorShape)
        #expect(reply.faults == [name], "\(reply.text)")
    }

    @Test("Only a call that waits can be changed")
    func over() async throws {
        let house = try await House()
        let id = try await scheduled(house)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)").status == 200)
        let reply = try await house.send(.patch, "/api/v1/calls/\(id)", #"{"priority":1}"#)
        #expect(reply.status == 400 && reply.message == "Cannot change call with status: cancelled")
        let none = try await house.send(.patch, "/api/v1/calls/call_none", #"{"priority":1}"#)
        #expect(none.status == 404 && none.message == "Call not found")
    }
}
