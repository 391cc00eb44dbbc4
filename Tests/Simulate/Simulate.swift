import ArgumentParser
import Foundation
import NIOConcurrencyHelpers
import Simulation

@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs the whole system on a simulated clock with faults, once for each seed.")

    @Option(help: "How many seeds.") var seeds = 1000
    @Option(help: "The first one.") var first: UInt64 = 1
    @Option(help: "This seed only, with its whole story.") var seed: UInt64?
    @Option(help: "Each runs one seed at a time.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "How many broken seeds are told of.") var tell = 20

    @Option(
        help:
            "So many calls over three days with windows, retries, limits, budgets, stops and suppressions, and no seeds."
    )
    var campaign: Int?

    @Flag(help: "On the PostgreSQL at POSTGRES_URL, and not on SQLite in memory.") var postgres = false

    func run() throws {
        if let campaign { return try perform(campaign) }
        if let seed { return try replay(seed) }
        let done = NIOLockedValueBox(0)
        let total = seeds
        let report = Campaign(first: first, count: seeds, threads: threads, onPostgres: postgres).run { _ in
            let count = done.withLockedValue { count in
                count += 1
                return count
            }
            if count % 10_000 == 0 { FileHandle.standardError.write(Data("\(count) of \(total)\n".utf8)) }
        }
        for (seed, faults) in report.broken.sorted(by: { $0.seed < $1.seed }).prefix(tell) {
            print("seed \(seed): \(faults.joined(separator: "; "))")
        }
        print(report.summary)
        if let failure = report.failure { print("the campaign ended early: \(failure)") }
        guard report.broken.isEmpty, report.failure == nil else {
            print("a seed again, with its story: make simulate \(postgres ? "POSTGRES=1 " : "")SEED=...")
            throw ExitCode.failure
        }
    }

    private func perform(_ calls: Int) throws {
        let outcome = try CampaignRun.perform(calls: calls, seed: seed ?? 1)
        for fault in outcome.faults { print("BROKEN \(fault)") }
        print(outcome.summary)
        for limit in outcome.untried { print("UNTRIED \(limit) held nobody up") }
        guard outcome.faults.isEmpty, outcome.untried.isEmpty else { throw ExitCode.failure }
    }

    private func replay(_ seed: UInt64) throws {
        let verdict = try SeedRun.perform(seed, keepsLines: true, on: postgres ? Database() : nil)
        for line in verdict.lines { print(line) }
        print(
            "seed \(seed): hash \(verdict.hash), \(verdict.isCalm ? "calm" : "storm"), silent after \(verdict.silences) ms"
        )
        for fault in verdict.faults { print("BROKEN \(fault)") }
        guard verdict.faults.isEmpty else { throw ExitCode.failure }
    }
}
