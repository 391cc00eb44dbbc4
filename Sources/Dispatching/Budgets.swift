package import CallControl
package import CallCore
package import Logging
import ServiceLifecycle

/// Pauses batches that have spent their budget of the day, until its end.
///
/// That no dial is one too many is the admission's to see to; this makes of it one pause a day, which can be read and lifted.
package final class Budgets: Service {
    private let store: any BatchStore & StopStore
    private let stops: Stops
    private let clock: any WallClock
    private let log: Logger
    private let keptBack = Docket<BatchID>()

    private static let interval: Duration = .seconds(1)

    package init(store: any BatchStore & StopStore, stops: Stops, clock: any WallClock, log: Logger) {
        self.store = store
        self.stops = stops
        self.clock = clock
        self.log = log
    }

    /// A call of this batch was not begun, because nothing is left of the budget.
    package func hear(of batch: BatchID) { keptBack.add(batch) }

    /// Runs until shut down.
    package func run() async throws { await cancelWhenGracefulShutdown { await self.runUntilCancelled() } }

    /// As `run`, for those who end it by cancellation alone.
    package func runUntilCancelled() async {
        await keptBack.clear(every: Self.interval, clock: clock) { await self.look(at: $0) }
    }

    /// Looks at the batches that were heard of since the last time; false: there are none.
    package func judgeThoseKeptBack() async -> Bool { await keptBack.clear { await look(at: $0) } }

    private func look(at batch: BatchID) async {
        do {
            try await judge(batch)
        } catch {
            // Nothing of it is dialled all the same.
            log.warning(
                "a batch without budget could not be paused; it is tried again in a moment",
                metadata: ["batch": "\(batch)", "why": "\(error)"])
        }
    }

    private func judge(_ batch: BatchID) async throws {
        guard let (organization, guards) = try await store.guards(of: batch), let budget = guards.budget else { return }
        let now = clock.now
        let day = CivilDay(of: now, in: budget.zone)
        // One a day: where it was lifted, somebody wants it so.
        let last = try await store.lastPause(of: .batch(batch), for: .budget, in: organization)
        if let until = last?.until, until > now { return }
        let spending = try await store.spending(of: batch, in: organization, from: day.start)
        // Attempts that are being placed may come to nothing: until then it is not over.
        guard budget.isSpent(by: spending) else { return }
        let pause = try await stops.pause(
            .batch(batch), of: organization, for: .budget, reason: budget.reason(spending), until: day.end)
        guard let pause else { return }
        log.warning(
            "a batch is paused until the end of the day",
            metadata: ["batch": "\(batch)", "stop": "\(pause.stop.id)", "why": "\(budget.reason(spending))"])
    }
}
