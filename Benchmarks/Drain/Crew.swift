import CallControl
import CallCore
import Dispatching
import Logging
import PostgresStore

/// Carries out what is due, as a server does.
struct Crew: Sendable {
    let store: PostgresStore
    let clock: SystemClock
    let live: Int

    /// How long it takes until all calls have ended, and until all their rooms are known to be gone.
    func drain() async throws -> (ended: Duration, silent: Duration) {
        let installation = try await store.installation().id
        let (bell, signals) = (Bell(), RoomSignals())
        var policy = DispatchPolicy()
        policy.limits = DialLimits(maxLive: live, dialsPerSecond: 1_000_000)
        // Where LiveKit answers at once, nothing is gained by fewer at a time.
        policy.preparesAtATime = live
        policy.hangUpsAtATime = live
        policy.lastLooksAtATime = live
        let dispatcher = Dispatcher(
            store: store, phone: BusyPhone(),
            reports: CallReports(
                store: store, bell: bell, clock: clock, signals: signals, installation: installation),
            clock: clock, bell: bell, signals: signals, installation: installation, policy: policy,
            log: Logger(label: "drain"))
        let watch = ContinuousClock()
        let start = watch.now
        return try await withThrowingTaskGroup(of: (Duration, Duration)?.self) { group in
            group.addTask {
                await dispatcher.runUntilCancelled()
                return nil
            }
            group.addTask {
                var ended: Duration?
                while true {
                    let (load, wakes) = (try await store.workload(), try await store.nextWakes())
                    if ended == nil, load.live == 0, wakes.call == nil, wakes.dial == nil { ended = watch.now - start }
                    if let ended, load.terminations == 0 { return (ended, watch.now - start) }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            defer { group.cancelAll() }
            guard let done = try await group.next() ?? nil else { throw CancellationError() }
            return done
        }
    }
}
