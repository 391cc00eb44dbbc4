import Foundation
import Simulation
import Testing

/// Serialized: the campaign has all cores to itself, and what is measured elsewhere is not disturbed more than needed.
@Suite("Simulation", .serialized) struct SimulationTests {
    /// In words too, so that a difference shows where it begins.
    @Test("a seed runs the same twice", arguments: [1, 2, 3, 5, 8, 13, 21, 34, 55, 89] as [UInt64])
    func repeats(seed: UInt64) throws {
        let first = try SeedRun.perform(seed, keepsLines: true)
        let second = try SeedRun.perform(seed, keepsLines: true)
        #expect(first.lines == second.lines)
        #expect(first.hash == second.hash)
        let silent = try SeedRun.perform(seed)
        #expect(silent.hash == first.hash)
        #expect(SeedRun.alive == 0, "what a seed has made stays in memory")
    }

    @Test("a process may die or stand still after any of its steps")
    func mishapsAnywhere() async {
        let wrong = await Self.onThreadsOfItsOwn { Sweep.performAll() }
        #expect(wrong.isEmpty)
    }

    /// The threads of the tests are not for blocking.
    static func onThreadsOfItsOwn<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    /// `SIMULATION_SEEDS` and `SIMULATION_FIRST` make it another campaign; the long one is `make simulate`.
    @Test("no promise is broken in any seed")
    func keepsItsPromises() async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["SIMULATION_SEEDS"].flatMap { Int($0) } ?? 2_000
        let first = environment["SIMULATION_FIRST"].flatMap { UInt64($0) } ?? 1
        let report = await Self.onThreadsOfItsOwn { Campaign(first: first, count: count).run() }
        #expect(report.failure == nil)
        #expect(report.seeds == count)
        for (seed, faults) in report.broken.sorted(by: { $0.seed < $1.seed }).prefix(10) {
            let story = try SeedRun.perform(seed, keepsLines: true).lines
            Issue.record(
                "seed \(seed): \(faults.joined(separator: "; ")); make simulate SEED=\(seed)\n\(story.joined(separator: "\n"))"
            )
        }
        #expect(report.broken.isEmpty)
        // A campaign that silences nobody proves nothing.
        #expect(report.silenced > count / 10)
        #expect(report.redials > count / 10)
        print("simulation: \(report.summary)")
    }
}
