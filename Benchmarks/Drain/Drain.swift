import ArgumentParser
import CallControl
import CallCore
import Logging
import PostgresStore

@main
struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Schedules calls on an empty PostgreSQL, and carries them out with phones that are busy at once.",
        discussion: "Prints the seconds of each part as one line of JSON.")

    @Argument(help: "The database, as DATABASE_URL names it.") var url: String
    @Option(help: "How many calls are scheduled one by one, for tomorrow.") var singles = 0
    @Option(help: "Over so many callers, each of which waits until its call is stored.") var callers = 16
    @Option(help: "How many calls are scheduled in batches.") var calls = 20_000
    @Option(help: "How many are in one of them.") var batch = 1000
    @Flag(help: "Carry those out, which are due at once; else they are for tomorrow too.") var carryOut = false
    @Option(help: "How many of them are under way at a time.") var live = 1000

    func run() async throws {
        let clock = SystemClock()
        _ = try Migrator(url).migrate(at: clock.now, installation: "drain1")
        let store = PostgresStore(url)
        let agent = Agent(
            id: Identifiers().agent(), organization: OrganizationID(rawValue: "bench"), name: "Bench",
            trunkID: "ST_bench", createdAt: clock.now)
        try await store.insert(agent, for: .commandLine(for: agent.organization))
        let clerk = Clerk(store: store, agent: agent, clock: clock)
        let watch = ContinuousClock()
        let single = try await watch.measure { try await clerk.scheduleSingly(singles, over: callers) }
        let batched = try await watch.measure {
            try await clerk.schedule(calls, inBatchesOf: batch, ahead: carryOut ? .zero : .seconds(86_400))
        }
        var figures = ["singles": single, "batched": batched]
        if carryOut {
            let crew = Crew(store: store, clock: clock, live: live)
            (figures["ended"], figures["silent"]) = try await crew.drain()
        }
        let members = figures.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value / .seconds(1))" }
        print("{\(members.joined(separator: ", "))}")
    }
}
