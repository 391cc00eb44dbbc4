package import CallControl
package import CallCore
package import Logging
import ServiceLifecycle

/// Pauses agents and batches whose attempts keep failing.
///
/// It hears of each failure and looks at most once a second; what counts is what the store says of the attempts of all nodes.
package final class Breakers: Service {
    private let store: any AgentStore & BatchStore & StopStore
    private let stops: Stops
    private let clock: any WallClock
    private let log: Logger
    private let failing = Docket<Guarded>()

    private static let interval: Duration = .seconds(1)
    /// On a server that ends more attempts than these in a breaker's window, only the newest of them are looked at.
    private static let mostAttempts = 20_000

    package init(store: any AgentStore & BatchStore & StopStore, stops: Stops, clock: any WallClock, log: Logger) {
        self.store = store
        self.stops = stops
        self.clock = clock
        self.log = log
    }

    /// An attempt of this agent, and of this batch, has failed.
    package func hear(of agent: Agent, _ batch: BatchID?) {
        if agent.breaker != nil { failing.add(.agent(agent.id)) }
        if let batch { failing.add(.batch(batch)) }
    }

    /// Runs until shut down.
    package func run() async throws { await cancelWhenGracefulShutdown { await self.runUntilCancelled() } }

    /// As `run`, for those who end it by cancellation alone.
    package func runUntilCancelled() async {
        await failing.clear(every: Self.interval, clock: clock) { await self.look(at: $0) }
    }

    /// Looks at what was heard of since the last time; false: nothing was.
    package func judgeThoseThatFailed() async -> Bool { await failing.clear { await look(at: $0) } }

    private func look(at guarded: Guarded) async {
        do {
            guard let (organization, breaker) = try await breaker(of: guarded) else { return }
            try await judge(guarded, of: organization, breaker)
        } catch {
            log.warning(
                "whether a breaker trips is not known; it is asked again at the next failure",
                metadata: ["of": "\(guarded)", "why": "\(error)"])
        }
    }

    private func breaker(
        of guarded: Guarded
    ) async throws(StoreFailure) -> (organization: OrganizationID, breaker: Breaker)? {
        switch guarded {
        case .agent(let id):
            guard let agent = try await store.agent(id), let breaker = agent.breaker else { return nil }
            return (agent.organization, breaker)
        case .batch(let id):
            guard let batch = try await store.guards(of: id), let breaker = batch.guards.breaker else { return nil }
            return (batch.organization, breaker)
        }
    }

    private func judge(_ guarded: Guarded, of organization: OrganizationID, _ breaker: Breaker) async throws {
        let now = clock.now
        var since = now - breaker.window
        if let last = try await store.lastPause(of: guarded, for: .breaker, in: organization) {
            // What led to the last pause does not lead to the next one.
            guard let release = last.release else { return }
            since = max(since, release.at)
        }
        let endings = try await store.endings(of: guarded, after: since, amongst: Self.mostAttempts)
        guard breaker.trips(at: endings) else { return }
        let pause = try await stops.pause(
            guarded, of: organization, for: .breaker, reason: breaker.reason(endings),
            until: breaker.pause.map { now + $0 })
        guard let pause else { return }
        log.error(
            "calls are paused, because too many of their attempts fail",
            metadata: ["of": "\(guarded)", "stop": "\(pause.stop.id)", "why": "\(breaker.reason(endings))"])
    }
}
