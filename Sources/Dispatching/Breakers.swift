package import CallControl
package import CallCore
package import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle

/// Pauses agents whose attempts keep failing.
///
/// It hears of each failure and looks at most once a second; what counts is what the store says of the attempts of all nodes.
package final class Breakers: Service {
    private let store: any AgentStore & StopStore
    private let stops: Stops
    private let clock: any WallClock
    private let log: Logger
    private let bell = Bell()
    private let failing = NIOLockedValueBox<Set<AgentID>>([])

    private static let interval: Duration = .seconds(1)
    /// On a server that ends more attempts than these in a breaker's window, only the newest of them are looked at.
    private static let mostAttempts = 20_000

    package init(store: any AgentStore & StopStore, stops: Stops, clock: any WallClock, log: Logger) {
        self.store = store
        self.stops = stops
        self.clock = clock
        self.log = log
    }

    /// An attempt of this agent has failed.
    package func hear(of agent: Agent) {
        guard agent.breaker != nil else { return }
        failing.withLockedValue { _ = $0.insert(agent.id) }
        bell.ring()
    }

    /// Runs until shut down.
    package func run() async throws { await cancelWhenGracefulShutdown { await self.runUntilCancelled() } }

    /// As `run`, for those who end it by cancellation alone.
    package func runUntilCancelled() async {
        while !Task.isCancelled {
            if await judgeThoseThatFailed() {
                try? await clock.sleep(until: clock.now + Self.interval)
            } else {
                await bell.wait(until: nil, clock: clock)
            }
        }
    }

    /// Looks at the agents that were heard of since the last time; false: there are none.
    package func judgeThoseThatFailed() async -> Bool {
        let agents = failing.withLockedValue { failing in
            defer { failing = [] }
            return failing
        }
        for agent in agents {
            do {
                try await judge(agent)
            } catch {
                log.warning(
                    "whether an agent is to be paused is not known; it is asked again at its next failure",
                    metadata: ["agent": "\(agent)", "why": "\(error)"])
            }
        }
        return !agents.isEmpty
    }

    private func judge(_ id: AgentID) async throws {
        guard let agent = try await store.agent(id), let breaker = agent.breaker else { return }
        let now = clock.now
        var since = now - breaker.window
        if let last = try await store.lastPause(of: id, in: agent.organization) {
            // What led to the last pause does not lead to the next one.
            guard let release = last.release else { return }
            since = max(since, release.at)
        }
        let endings = try await store.endings(of: id, after: since, amongst: Self.mostAttempts)
        guard breaker.trips(at: endings) else { return }
        let pause = try await stops.set(
            .agent(id), live: .leave, queue: .hold, reason: breaker.reason(endings),
            until: breaker.pause.map { now + $0 },
            by: .server(for: agent.organization))
        log.error(
            "an agent is paused, because too many of its attempts fail",
            metadata: ["agent": "\(id)", "stop": "\(pause.stop.id)", "why": "\(breaker.reason(endings))"])
    }
}
