import CallControl
import CallCore
import Logging

/// Carries out operations over many calls, one chunk after the other, until none is open.
///
/// What a crash interrupts goes on from its last chunk at the next start.
struct OperationLane: Sendable {
    let store: any OperationStore
    /// Rung when there is a new operation.
    let bell: Bell
    /// Rung when calls were hung up or freed.
    let calls: Bell
    let clock: any WallClock
    /// Where other nodes begin operations too, or leave one behind; nil: the bell tells of everything.
    let lookAgainEvery: Duration?
    let log: Logger

    /// Runs until cancelled.
    func run() async {
        while !Task.isCancelled {
            var retry: Moment?
            do {
                let operations = try await store.openOperations()
                for id in operations where !Task.isCancelled {
                    do {
                        _ = try await store.advance(id, at: clock.now)
                        calls.ring()
                        // Looked for anew after each chunk, so that a stop need not wait for the rest of the others.
                        retry = clock.now
                    } catch {
                        log.error(
                            "an operation over many calls could not go on; it is tried again",
                            metadata: ["operation": "\(id)", "why": "\(error)"])
                        retry = retry ?? clock.now + .milliseconds(500)
                    }
                }
                // Behind all that somebody waits for.
                if operations.isEmpty { retry = try await followWindows() }
            } catch {
                log.warning("the store is away; operations wait for it", metadata: ["why": "\(error)"])
                retry = clock.now + .milliseconds(500)
            }
            if let retry, retry <= clock.now { continue }
            await bell.wait(
                until: [retry, lookAgainEvery.map { clock.now + $0 }].compactMap(\.self).min(), clock: clock)
        }
    }

    /// The next of the calls whose window was changed; when to look again, nil where there are none.
    private func followWindows() async throws(StoreFailure) -> Moment? {
        var next: Moment?
        for change in try await store.openWindowChanges() where !Task.isCancelled {
            do throws(StoreFailure) {
                _ = try await store.advance(change, at: clock.now)
                calls.ring()
                next = clock.now
            } catch {
                log.error(
                    "calls whose window was changed could not be looked at; it is tried again",
                    metadata: ["organization": "\(change.organization)", "why": "\(error)"])
                next = next ?? clock.now + .milliseconds(500)
            }
        }
        return next
    }
}
