import CallControl
import CallCore
import Sandbox
import Testing

extension LivePath {
    /// Retries as the phones see them.
    @Suite(.timeLimit(.minutes(4))) struct RetryTests {
        @Test(arguments: [("+15005550003", CallStatus.noAnswer), ("+15005550004", .busy), ("+15005550006", .failed)])
        func aPhoneIsCalledAsOftenAsThePlanSaysOneCallAfterTheOther(number: String, status: CallStatus) async throws {
            try await House.open { house in
                let agent = try await house.agent("robot", ringingTimeout: 5)
                let interval: Duration = .milliseconds(1_500)
                let plan = RetryPlan(maxRetries: 2, times: .after([interval]), onFailed: true)
                let call = try await house.place(number, agent, retries: plan)
                try await house.until(call) { $0.queue?.state == .retrying }
                let record = try await house.until(call) {
                    $0.call.status.isFinal && $0.termination?.state == .verified
                }
                #expect(record.call.status == status)
                #expect(record.call.attempts.map(\.status) == [status, status, status])
                for (before, after) in zip(record.call.attempts, record.call.attempts.dropFirst()) {
                    #expect(after.startedAt.since(try #require(before.endedAt)) >= interval)
                }
                #expect(house.spy.dials(of: call) == 3)
                let legs = try await house.legs()
                #expect(legs.count == 3 && Set(legs.map(\.roomName)).count == 3)
                #expect(legs.allSatisfy { !$0.up })
                #expect(try await house.rooms().isEmpty)
            }
        }

        @Test func aCallThatIsCancelledBetweenItsAttemptsRingsNobodyAgain() async throws {
            try await House.open { house in
                let plan = RetryPlan(maxRetries: 1, times: .after([.milliseconds(1_500)]))
                let agent = try await house.agent()
                let call = try await house.place("+15005550004", agent, retries: plan)
                try await house.until(call) { $0.queue?.state == .retrying }
                let cancelled = try await house.cancel(call)
                #expect(cancelled.status == .cancelled)
                // One that begins later, and has its retry when that of the first would have been over.
                let other = try await house.place("+15005550004", agent, retries: plan)
                try await house.until(other) { $0.call.status.isFinal }
                #expect(house.spy.dials(of: other) == 2)
                #expect(house.spy.dials(of: call) == 1)
                let record = try await house.record(call)
                #expect(record.call.status == .cancelled)
            }
        }
    }
}
