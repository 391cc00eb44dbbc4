import Foundation
import Simulation
import Testing

extension SimulationTests {
    /// The same seeds on the PostgreSQL that `Scripts/with-postgres` has started, with two nodes and broken connections more often.
    @Suite("on PostgreSQL") struct OnPostgres {
        @Test("a seed runs the same twice", arguments: [2, 20, 47] as [UInt64])
        func repeats(seed: UInt64) async throws {
            let (first, second) = try await SimulationTests.onThreadsOfItsOwn {
                Result {
                    let database = try Database()
                    let first = try SeedRun.perform(seed, keepsLines: true, on: database)
                    return (first, try SeedRun.perform(seed, on: database))
                }
            }.get()
            #expect(first.hash == second.hash, "\(first.lines.joined(separator: "\n"))")
            #expect(SeedRun.alive == 0, "what a seed has made stays in memory")
        }

        @Test("a process may die or stand still after any of its steps, amid a transaction, too")
        func mishapsAnywhere() async {
            let wrong = await SimulationTests.onThreadsOfItsOwn { Sweep.performOnPostgres(every: 197) }
            #expect(wrong.isEmpty)
        }

        /// `POSTGRES_SIMULATION_SEEDS` and `SIMULATION_FIRST` make it another campaign; the long one is `make simulate POSTGRES=1`.
        @Test("no promise is broken in any seed")
        func keepsItsPromises() async throws {
            let environment = ProcessInfo.processInfo.environment
            let count = environment["POSTGRES_SIMULATION_SEEDS"].flatMap { Int($0) } ?? 100
            let first = environment["SIMULATION_FIRST"].flatMap { UInt64($0) } ?? 1
            let report = await SimulationTests.onThreadsOfItsOwn {
                Campaign(first: first, count: count, onPostgres: true).run()
            }
            #expect(report.failure == nil)
            #expect(report.seeds == count)
            for (seed, faults) in report.broken.sorted(by: { $0.seed < $1.seed }).prefix(10) {
                Issue.record("seed \(seed): \(faults.joined(separator: "; ")); make simulate POSTGRES=1 SEED=\(seed)")
            }
            // A campaign in which nobody is silenced, or meets another one, proves nothing.
            #expect(report.silenced > count / 10)
            #expect(report.redials > count / 10)
            #expect((report.contention?.waits ?? 0) > 0)
            #expect((report.contention?.cuts ?? 0) > 0)
            print("simulation on PostgreSQL: \(report.summary)")
        }
    }
}
