import CallCore
import Testing

@Suite("A circuit breaker")
struct BreakerTests {
    @Test(
        "Trips at its share of failures, and not below its number of attempts",
        arguments: [
            ([:], false), ([.failed: 9], false), ([.failed: 10], true), ([.failed: 5, .completed: 5], true),
            ([.failed: 4, .completed: 6], false), ([.failed: 5, .busy: 3, .noAnswer: 2], true),
            ([.failed: 5, .busy: 3, .noAnswer: 3], false), ([.failed: 5, .cancelled: 90], false),
            ([.failed: 6, .completed: 4, .cancelled: 90], true), ([.busy: 50, .noAnswer: 50], false),
        ] as [([CallStatus: Int], Bool)])
    func trips(_ endings: [CallStatus: Int], _ trips: Bool) {
        #expect(Breaker(failureShare: 0.5, minAttempts: 10).trips(at: endings) == trips)
    }

    @Test("Says in words why")
    func words() {
        let reason = Breaker(failureShare: 0.5, windowMinutes: 7).reason([.failed: 6, .busy: 4, .cancelled: 3])
        #expect(
            reason
                == "circuit breaker: 6 of 10 attempts within 7 minutes failed, and the share may not reach 0.5")
    }
}
