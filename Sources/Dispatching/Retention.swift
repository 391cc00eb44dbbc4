package import CallControl
import CallCore
package import Logging
import ServiceLifecycle

/// Purges calls that have been over for long: in small steps, which wait for all other work.
///
/// One node does it for all that share the store.
package struct Retention: Service {
    package struct Policy: Sendable {
        /// Since when a call must have been over.
        package let age: Duration
        /// Calls, or results of operations, that one transaction deletes.
        package var step = 100
        package var pause: Duration = .milliseconds(250)
        /// While calls are due or phones are to be hung up; not for ever, because a busy server is one that grows.
        package var pauseWhileBusy: Duration = .seconds(10)
        /// From the end of one walk over all calls to the next.
        package var walkAgainAfter: Duration = .seconds(600)
        /// Longer than any pause between two steps, so that nobody else begins meanwhile; who finds it taken looks again after it.
        package var dutyFor: Duration = .seconds(20)

        package init(age: Duration) { self.age = age }
    }

    private let store: any RetentionStore
    private let archive: (any CallArchive)?
    private let node: String
    private let clock: any WallClock
    private let policy: Policy
    private let metrics: DispatchMetrics
    private let log: Logger

    /// `node` is this process among those that share the store; `archive` nil: what is purged is gone.
    package init(
        store: any RetentionStore, archive: (any CallArchive)?, node: String, clock: any WallClock,
        policy: Policy, metrics: DispatchMetrics = DispatchMetrics(), log: Logger
    ) {
        self.store = store
        self.archive = archive
        self.node = node
        self.clock = clock
        self.policy = policy
        self.metrics = metrics
        self.log = log
    }

    /// Walks over all calls again and again, until shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let rest = await walk() ? policy.walkAgainAfter : policy.dutyFor
                try? await clock.sleep(until: clock.now + rest)
            }
        }
    }

    /// False: another node does it.
    private func walk() async -> Bool {
        let moment = clock.now - policy.age
        var purged = 0
        var isOurs = true
        do {
            isOurs = try await purgeResults(doneBefore: moment)
            var place: Int64? = 0
            while isOurs, let from = place {
                isOurs = try await isOurTurn()
                guard isOurs else { break }
                let found = try await store.purgeable(overBefore: moment, after: from, limit: policy.step)
                if !found.calls.isEmpty {
                    try await archive?.keep(found.calls, at: clock.now)
                    let count = try await store.purge(found.calls, overBefore: moment)
                    metrics.purged(count)
                    purged += count
                }
                place = found.next
            }
        } catch {
            log.warning("the purge of old calls has stopped; it begins anew later", metadata: ["why": "\(error)"])
        }
        if purged > 0 {
            log.info("calls were purged", metadata: ["calls": "\(purged)", "overBefore": "\(moment)"])
        }
        return isOurs
    }

    /// Before the calls: an operation counts the hang-ups of its calls as long as it has results.
    ///
    /// False: another node does it.
    private func purgeResults(doneBefore moment: Moment) async throws -> Bool {
        var operation: OperationID?
        while try await isOurTurn() {
            let step = try await store.purgeResults(doneBefore: moment, after: operation, limit: policy.step)
            guard let step else { return true }
            operation = step.next
        }
        return false
    }

    /// Waits until a step disturbs nobody; false: another node does it, or nobody any more.
    private func isOurTurn() async throws -> Bool {
        let begun = clock.now
        try? await clock.sleep(until: begun + policy.pause)
        if try await isBusy() { try? await clock.sleep(until: begun + policy.pauseWhileBusy) }
        if Task.isCancelled { return false }
        let now = clock.now
        return try await store.take(.retention, by: node, at: now, until: now + policy.dutyFor)
    }

    private func isBusy() async throws -> Bool {
        let wakes = try await store.nextWakes()
        let now = clock.now
        return [wakes.call, wakes.dial, wakes.termination].contains { $0.map { $0 <= now } ?? false }
    }
}
