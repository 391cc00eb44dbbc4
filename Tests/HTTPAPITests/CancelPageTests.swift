import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite("DELETE /api/v1/calls/{id}, as the documented page has it")
struct CancelPageTests {
    @Test(
        "A call that is not over is cancelled, with exactly the documented answer",
        arguments: [
            CallStatus.initiated, .connecting, .ringing, .active,
        ])
    func cancels(_ status: CallStatus) async throws {
        let house = try await House()
        let id = try await house.call(status)
        #expect(try await house.send(.get, "/api/v1/calls/\(id)").data["status"].string == status.rawValue)
        let reply = try await house.send(.delete, "/api/v1/calls/\(id)")
        #expect(reply.status == 200)
        #expect(
            reply.text == #"{"data":{"id":"\#(id)","status":"cancelled"},"message":"Call cancelled successfully"}"#)
        let after = try await house.send(.get, "/api/v1/calls/\(id)").data
        #expect(after["status"].string == "cancelled")
        #expect(after["endedAt"].string == house.clock.now.description)
        #expect(after["cancelledBy"]["keyId"].string == house.adminKey.rawValue)
        #expect(house.terminator.orders.count == (status == .initiated ? 0 : 1))
    }

    @Test(
        "A call that is over is refused by its status",
        arguments: [
            CallStatus.completed, .failed, .cancelled, .noAnswer, .busy,
        ])
    func refuses(_ status: CallStatus) async throws {
        let house = try await House()
        let id = try await house.call(status)
        let reply = try await house.send(.delete, "/api/v1/calls/\(id)")
        #expect(reply.status == 400)
        #expect(
            reply.text
                == #"{"error":{"message":"Cannot cancel call with status: \#(status.rawValue)","code":400}}"#)
    }

    @Test("An unknown call, a missing key and somebody else's call are the documented errors, to the letter")
    func errors() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        let unknown = try await house.send(.delete, "/api/v1/calls/call_abc123")
        #expect(unknown.status == 404)
        #expect(unknown.text == #"{"error":{"message":"Call not found","code":404}}"#)
        for credential in [Credential.nobody, .text("nonsense"), .text("")] {
            let reply = try await house.send(.delete, "/api/v1/calls/\(id)", key: credential)
            #expect(reply.status == 401)
            #expect(reply.text == #"{"error":{"message":"Unauthorized","code":401}}"#)
        }
        let foreign = try await house.send(.delete, "/api/v1/calls/\(id)", key: .stranger)
        #expect(foreign.status == 403)
        #expect(
            foreign.text
                == #"{"error":{"message":"Access denied - call belongs to different organization","code":403}}"#)
        #expect(try await house.send(.get, "/api/v1/calls/\(id)").data["status"].string == "initiated")
    }

    @Test("The key may come as a bearer token")
    func bearer() async throws {
        let house = try await House()
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let id = try await house.scheduled()
            let reply = try await house.send(
                .delete, "/api/v1/calls/\(id)", key: .nobody, headers: ["authorization": "\(scheme) \(house.admin)"])
            #expect(reply.status == 200)
        }
    }

    @Test(
        "A role that may not cancel hears 404, then 403 of the organization, then 403 of the role",
        arguments: [
            Credential.viewer, .worker,
        ])
    func roles(_ credential: Credential) async throws {
        let house = try await House()
        let mine = try await house.scheduled()
        let theirs = try await house.scheduled(key: .stranger, agent: house.strangersAgent)
        let unknown = try await house.send(.delete, "/api/v1/calls/call_abc123", key: credential)
        #expect((unknown.status, unknown.message) == (404, "Call not found"))
        let foreign = try await house.send(.delete, "/api/v1/calls/\(theirs)", key: credential)
        #expect(foreign.message == "Access denied - call belongs to different organization")
        let own = try await house.send(.delete, "/api/v1/calls/\(mine)", key: credential)
        #expect((own.status, own.message) == (403, "Access denied - this key may not cancel calls"))
        #expect(try await house.send(.get, "/api/v1/calls/\(mine)").data["status"].string == "initiated")
    }

    @Test("It works without a body, with an empty one and with a JSON content type alone")
    func bodies() async throws {
        let house = try await House()
        for (body, type) in [(nil, nil), ("", nil), (nil, "application/json"), ("{}", nil), (#"{"reason":null}"#, nil)]
        {
            let id = try await house.scheduled()
            let headers = type.map { ["content-type": $0] } ?? [:]
            let reply = try await house.send(.delete, "/api/v1/calls/\(id)", body, headers: headers)
            #expect(reply.status == 200, "\(String(describing: body))")
        }
    }

    @Test("A reason from the body or the query is kept")
    func reasons() async throws {
        let house = try await House()
        let first = try await house.scheduled()
        _ = try await house.send(.delete, "/api/v1/calls/\(first)", #"{"reason":"changed \"our\" minds"}"#)
        let second = try await house.scheduled()
        _ = try await house.send(.delete, "/api/v1/calls/\(second)?reason=customer+called%20us")
        #expect(
            try await house.send(.get, "/api/v1/calls/\(first)").data["cancelledBy"]["reason"].string
                == #"changed "our" minds"#)
        #expect(
            try await house.send(.get, "/api/v1/calls/\(second)").data["cancelledBy"]["reason"].string
                == "customer called us")
    }

    @Test(
        "A request that is wrong in itself changes nothing",
        arguments: [
            (#"{"reason":5}"#, "", 400), (#"{"why":"x"}"#, "", 400), ("[]", "", 400), ("{", "", 400),
            ("", "?force=true", 400), ("", "?reason=a&reason=b", 400), (#"{"reason":"a"}"#, "?reason=b", 400),
        ])
    func faults(_ body: String, _ query: String, _ status: Int) async throws {
        let house = try await House()
        let id = try await house.scheduled()
        let reply = try await house.send(.delete, "/api/v1/calls/\(id)\(query)", body)
        #expect(reply.status == status)
        #expect(reply.isErrorShape)
        #expect(try await house.send(.get, "/api/v1/calls/\(id)").data["status"].string == "initiated")
        // What is not there, or not the caller's, is said first.
        #expect(try await house.send(.delete, "/api/v1/calls/call_x\(query)", body).status == 404)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)\(query)", key: .stranger, body).status == 403)
    }

    @Test("A reason of 500 characters is taken, one of 501 is not")
    func longReason() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        let long = String(repeating: "ü", count: 500)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", #"{"reason":"\#(long)x"}"#).status == 400)
        #expect(try await house.send(.delete, "/api/v1/calls/\(id)", #"{"reason":"\#(long)"}"#).status == 200)
    }

    @Test(
        "Prefer: wait=N waits for the verification, and says so",
        arguments: [
            ("wait=5", 5, true), ("respond-async, wait=\"7\"", 7, true), ("wait=900", 30, true), ("wait=0", 2, false),
            ("wait=soon", 2, false), ("wait", 2, false),
        ])
    func prefer(_ header: String, _ seconds: Int, _ applied: Bool) async throws {
        let house = try await House()
        let id = try await house.call(.active)
        let reply = try await house.send(.delete, "/api/v1/calls/\(id)", headers: ["prefer": header])
        #expect(reply.status == 200)
        #expect(reply[header: "preference-applied"] == (applied ? "wait=\(seconds)" : nil))
        let order = try #require(house.terminator.orders.first)
        #expect(order.untilVerified == applied)
        #expect(order.limit == house.clock.now + .seconds(seconds))
    }

    @Test("A room that is not deleted in time is a warning in the log and still a 200")
    func warning() async throws {
        let house = try await House()
        house.terminator.answer(.pending)
        let id = try await house.call(.active)
        let reply = try await house.send(.delete, "/api/v1/calls/\(id)", headers: ["x-request-id": "req-warned"])
        #expect(reply.status == 200)
        let warning = try #require(house.log.lines.first { $0.level == .warning })
        #expect(warning.metadata["request"] == "req-warned")
        #expect(warning.metadata["call"] == "\(id)")
    }

    @Test("Of many cancels at once exactly one is a 200")
    func concurrent() async throws {
        let house = try await House()
        let id = try await house.call(.active)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<24 { group.addTask { try await house.send(.delete, "/api/v1/calls/\(id)").status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.sorted() == [200] + Array(repeating: 400, count: 23))
        #expect(house.terminator.orders.count == 1)
    }
}
