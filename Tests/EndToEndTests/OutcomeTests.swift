import CallControl
import CallCore
import Sandbox
import Testing

extension LivePath {
    /// Every number of the sandbox ends as LiveKit's signs say; no webhook comes through here, polls tell all.
    @Suite(.timeLimit(.minutes(4))) struct OutcomeTests {
        @Test(arguments: [
            ("+15005550002", CallStatus.completed, FailureReason?.none, Int?.none),
            ("+15005550003", .noAnswer, nil, nil),
            ("+15005550004", .busy, nil, 486),
            ("+15005550005", .failed, .declined, 603),
            ("+15005550006", .failed, .trunkFailed, 503),
            ("+15005550007", .failed, .invalidNumber, 404),
        ])
        func aNumberEndsAsItShould(number: String, status: CallStatus, reason: FailureReason?, sip: Int?) async throws {
            try await House.open { house in
                let call = try await house.place(number, try await house.agent("robot", ringingTimeout: 5))
                let record = try await house.until(call) {
                    $0.call.status.isFinal && $0.termination?.state == .verified
                }
                #expect(record.call.status == status)
                let attempt = try #require(record.call.attempts.last)
                #expect(attempt.failureReason == reason)
                #expect(attempt.sipStatusCode == sip)
                #expect((attempt.answeredAt != nil) == (status == .completed))
                #expect(house.spy.dials(of: call) == 1)
                #expect(try await house.rooms().isEmpty)
            }
        }

        @Test func anAgentThatDoesNotComeFailsTheCallBeforeAnybodyIsRung() async throws {
            try await House.open { house in
                let call = try await house.place("+15005550011", try await house.agent("robot"))
                let record = try await house.until(call) { $0.call.status.isFinal }
                #expect(record.call.attempts.last?.failureReason == .agentUnavailable)
                #expect(house.spy.dials(of: call) == 0)
            }
        }

        @Test func anAgentThatDeletesTheRoomCompletesTheCall() async throws {
            try await House.open { house in
                let call = try await house.place("+15005550012", try await house.agent("robot"))
                let record = try await house.until(call) { $0.call.status.isFinal }
                #expect(record.call.status == .completed)
            }
        }

        @Test func anAgentThatStaysAwayForTenSecondsEndsTheCall() async throws {
            try await House.open { house in
                let call = try await house.place("+15005550001", try await house.agent("robot"))
                let active = try await house.until(call) { $0.call.status == .active }
                try await house.removeAgents(from: try #require(active.call.attempts.last?.room.rawValue))
                let left = house.clock.now
                let record = try await house.until(call) { $0.call.status.isFinal }
                #expect(record.call.status == .completed)
                #expect(record.call.outcome == "agent_left")
                #expect(house.clock.now.since(left) >= .seconds(10))
                try await house.until(call) { $0.termination?.state == .verified }
                #expect(try await house.legs().allSatisfy { !$0.up })
            }
        }

        @Test func aTrunkThatIsNotThereIsOurFault() async throws {
            try await House.open { house in
                let agent = try await house.agents.create(name: "A", by: house.caller) { $0.trunkID = "ST_none" }
                let call = try await house.place("+15005550001", agent)
                let record = try await house.until(call) { $0.call.status.isFinal }
                #expect(record.call.attempts.last?.failureReason == .internal)
            }
        }
    }
}
