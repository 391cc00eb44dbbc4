import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import SQLiteStore
import TestSupport
import Testing

@Suite("What may be asked of a call's retries")
struct RetryInputTests {
    private func post(_ house: House, _ fields: String) async throws -> Reply {
        let body = #"{"agentId":"\#(house.agent)","contactPhone":"+15005550001"\#(fields)}"#
        return try await house.send(.post, "/api/v1/calls/schedule", body)
    }

    /// The house's clock stands at 2026-03-01T12:00:00Z.
    private static let now = Moment(milliseconds: 1_772_366_400_000)

    @Test(
        "A plan is kept as it was asked for",
        arguments: [
            ("", nil), (#","maxRetries":0"#, nil), (#","maxRetries":0,"retryIntervals":["1 hour"]"#, nil),
            (#","retryOnFailed":true,"retryOnBusy":false"#, nil),
            (#","maxRetries":null,"retryIntervals":null,"retrySchedule":null,"retryOnBusy":null"#, nil),
            (#","maxRetries":3"#, RetryPlan(maxRetries: 3, times: .after([.seconds(1800)]))),
            (
                #","maxRetries":5,"retryIntervals":["30 minutes","2 hours","1 day"]"#,
                RetryPlan(maxRetries: 5, times: .after([.seconds(1800), .seconds(7200), .seconds(86_400)]))
            ),
            (
                #","retryIntervals":["PT30M","P1D","P1DT2H","P4W","1 minute","30 days","PT90S","90 Seconds"]"#,
                RetryPlan(
                    maxRetries: 8,
                    times: .after(
                        [1800, 86_400, 93_600, 2_419_200, 60, 2_592_000, 90, 90].map { Duration.seconds($0) }))
            ),
            (
                #","retrySchedule":["2026-03-01T14:00:00+01:00","2026-03-01T12:30:00Z"],"retryOnNoAnswer":false"#,
                RetryPlan(
                    maxRetries: 2, times: .at([now + .seconds(1800), now + .seconds(3600)]), onNoAnswer: false)
            ),
            (
                #","maxRetries":1,"retryOnBusy":false,"retryOnFailed":true"#,
                RetryPlan(maxRetries: 1, times: .after([.seconds(1800)]), onBusy: false, onFailed: true)
            ),
        ] as [(String, RetryPlan?)])
    func plans(_ fields: String, _ plan: RetryPlan?) async throws {
        let house = try await House()
        #expect(house.clock.now == Self.now)
        let reply = try await post(house, fields)
        #expect(reply.status == 201, "\(reply.text)")
        let id = CallID(rawValue: try #require(reply.data["id"].string))
        #expect(try await house.store.call(id, at: Self.now)?.call.retries == plan)
    }

    @Test(
        "What is wrong with a plan is named, and no call is made",
        arguments: [
            (#""maxRetries":11"#, "maxRetries"), (#""maxRetries":-1"#, "maxRetries"),
            (#""maxRetries":1.5"#, "maxRetries"),
            (#""retryIntervals":[]"#, "retryIntervals"), (#""retryIntervals":30"#, "retryIntervals"),
            (#""retryIntervals":["59 seconds"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["1 minute","31 days"]"#, "retryIntervals[1]"),
            (#""retryIntervals":["0 minutes"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["-5 minutes"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["1.5 hours"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["half an hour"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["30"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["2  hours"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["99999999999999999999 hours"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["P"]"#, "retryIntervals[0]"), (#""retryIntervals":["PT"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["P1M"]"#, "retryIntervals[0]"), (#""retryIntervals":["PT5"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["PT1M1H"]"#, "retryIntervals[0]"),
            (#""retryIntervals":["P1DT"]"#, "retryIntervals[0]"),
            (#""retryIntervals":[1800]"#, "retryIntervals[0]"),
            (
                #""retryIntervals":["1 day","1 day","1 day","1 day","1 day","1 day","1 day","1 day","1 day","1 day","1 day"]"#,
                "retryIntervals"
            ),
            (#""retrySchedule":[]"#, "retrySchedule"), (#""retrySchedule":["tomorrow"]"#, "retrySchedule[0]"),
            (#""retrySchedule":["2026-03-02T10:00:00"]"#, "retrySchedule[0]"),
            (#""retrySchedule":["2026-03-01T12:00:00Z"]"#, "retrySchedule[0]"),
            (#""retrySchedule":["2026-03-02T10:00:00Z","2032-03-02T10:00:00Z"]"#, "retrySchedule[1]"),
            (#""retrySchedule":["2026-03-02T10:00:00Z","2026-03-02T11:00:00+01:00"]"#, "retrySchedule[1]"),
            (#""retryIntervals":["1 hour"],"retrySchedule":["2026-03-02T10:00:00Z"]"#, "retrySchedule"),
            (#""retryOnNoAnswer":1"#, "retryOnNoAnswer"), (#""retryOnBusy":"yes""#, "retryOnBusy"),
            (#""retryOnFailed":[]"#, "retryOnFailed"), (#""retries":3"#, "retries"),
        ])
    func faults(_ field: String, _ name: String) async throws {
        let house = try await House()
        let reply = try await post(house, ",\(field)")
        #expect(reply.status == 400)
        #expect(reply.isErrorShape)
        #expect(reply.faults == [name], "\(reply.text)")
        #expect(try await house.send(.get, "/api/v1/calls").data["calls"].array.isEmpty)
    }

    @Test("A call that is dialled now has no plan")
    func outbound() async throws {
        let house = try await House()
        let body = #"{"agentId":"\#(house.agent)","phoneNumber":"+15005550001","maxRetries":1}"#
        let reply = try await house.send(.post, "/api/v1/calls/outbound", body)
        #expect((reply.status, reply.faults) == (400, ["maxRetries"]))
    }

    @Test("A call between two attempts says so, and its history and its explanation, too")
    func between() async throws {
        let house = try await House()
        let made = try await post(house, #","maxRetries":2,"retryIntervals":["10 minutes"]"#)
        let id = CallID(rawValue: try #require(made.data["id"].string))
        let room = RoomName(installation: "test", call: id, attempt: 1)
        try await house.decide(id, .lineFree(room))
        try await house.decide(id, .sendDial(deadline: Self.now + .seconds(40), LiveKitIDs()))
        try await house.decide(id, .failed(.answered(sip: 486)))
        let next = (Self.now + .seconds(600)).description
        let call = try await house.send(.get, "/api/v1/calls/\(id)").data
        #expect(call["status"].string == "initiated")
        #expect(call["queue"]["state"].string == "retrying")
        #expect(call["queue"]["nextAttemptAt"].string == next)
        #expect(call["attempts"].array.compactMap { $0["status"].string } == ["busy"])
        #expect(call["attempts"].array.compactMap { $0["sipStatusCode"].int } == [486])
        #expect(call["endedAt"].isNull)
        let events = try await house.send(.get, "/api/v1/calls/\(id)/events").data["events"].array
        #expect(events.last?["event"].string == "call.retrying")
        #expect(events.last?["status"].string == "initiated")
        let pending = try await house.send(.get, "/api/v1/calls/\(id)/explain").data
        #expect(pending["state"].string == "retrying")
        #expect(pending["holds"].array.compactMap { $0["kind"].string } == ["schedule", "hang_up"])
        #expect(
            pending["summary"].string
                == "It waits for its retry: its time is \(next). Attempt 1 ended at \(Self.now) as busy.")
        #expect(pending["estimatedDialAt"].isNull)
        for lease in try await house.store.leaseTerminations(1, at: Self.now, until: Self.now) {
            _ = try await house.store.settle(.verified, of: lease, at: Self.now)
        }
        let silent = try await house.send(.get, "/api/v1/calls/\(id)/explain").data
        #expect(silent["holds"].array.compactMap { $0["kind"].string } == ["schedule"])
        #expect(silent["estimatedDialAt"].string == next)
        let cancelled = try await house.send(.delete, "/api/v1/calls/\(id)")
        #expect(cancelled.data["status"].string == "cancelled")
        let over = try await house.send(.get, "/api/v1/calls/\(id)").data
        #expect(over["status"].string == "cancelled")
        #expect(over["attempts"].array.count == 1)
    }
}
