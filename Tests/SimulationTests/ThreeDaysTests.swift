import Simulation
import Testing

extension SimulationTests {
    /// Every dial within its window, no second over a limit, no day over a budget, no number too often, nothing under a stop or to a
    /// suppressed number, turns by weight, and the attempts as they were asked for.
    @Test("three days of calls in five zones, in two of which the clocks are changed")
    func threeDays() async throws {
        let outcome = try await SimulationTests.onThreadsOfItsOwn {
            Result { try CampaignRun.perform(calls: 1_000) }
        }.get()
        #expect(outcome.faults.isEmpty, "\(outcome.faults.joined(separator: "\n"))")
        #expect(outcome.untried.isEmpty, "these held nobody up")
        #expect(outcome.dials > 1_300)
    }
}
