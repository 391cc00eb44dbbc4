import CallControl
package import CallCore
import NIOConcurrencyHelpers

/// A clock that stands still until a test moves it.
///
/// Sleepers wake in the order of their times, then of their coming.
package final class MovableClock: WallClock {
    private struct Sleeper {
        let id: Int
        let until: Moment
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct Watcher {
        let count: Int
        /// Ends when so many sleep.
        let sight: AsyncStream<Void>.Continuation
    }

    private struct State {
        var now: Moment
        var nextID = 0
        var sleepers: [Sleeper] = []
        var watchers: [Watcher] = []
        var cancelledBeforeSleeping: Set<Int> = []
    }

    private let state: NIOLockedValueBox<State>

    /// Begins at 2026-03-01T12:00:00.000Z unless told otherwise.
    package init(at now: Moment = Moment(milliseconds: 1_772_366_400_000)) {
        state = NIOLockedValueBox(State(now: now))
    }

    package var now: Moment { state.withLockedValue { $0.now } }

    /// How many wait on it.
    package var sleepers: Int { state.withLockedValue { $0.sleepers.count } }

    /// Moves the time, and wakes those whose time has come.
    package func advance(by duration: Duration) { move(to: now + duration) }

    /// Sets the time, backwards too: a wall clock can be set.
    package func move(to moment: Moment) {
        let due = state.withLockedValue { state in
            state.now = moment
            let due = state.sleepers.filter { $0.until <= moment }.sorted { ($0.until, $0.id) < ($1.until, $1.id) }
            state.sleepers.removeAll { $0.until <= moment }
            return due
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Moves the time to the earliest sleeper's; false when nobody sleeps.
    package func advanceToNextSleeper() -> Bool {
        let next = state.withLockedValue { state in state.sleepers.map(\.until).min().map { max($0, state.now) } }
        guard let next else { return false }
        move(to: next)
        return true
    }

    /// Returns when at least this many sleep: then it is safe to move the time on.
    ///
    /// Or when the test is cancelled, its time being over: one that waited on would never end, and say nothing.
    package func waitForSleepers(_ count: Int) async {
        let (stream, sight) = AsyncStream<Void>.makeStream()
        let isEnough = state.withLockedValue { state in
            if state.sleepers.count >= count { return true }
            state.watchers.append(Watcher(count: count, sight: sight))
            return false
        }
        if isEnough { sight.finish() }
        for await _ in stream {}
    }

    package func sleep(until moment: Moment) async throws(CancellationError) {
        let id = state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        let woken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (result, watchers): (Bool?, [Watcher]) = state.withLockedValue { state in
                    if state.cancelledBeforeSleeping.remove(id) != nil { return (false, []) }
                    if moment <= state.now { return (true, []) }
                    state.sleepers.append(Sleeper(id: id, until: moment, continuation: continuation))
                    let count = state.sleepers.count
                    let ready = state.watchers.filter { $0.count <= count }
                    state.watchers.removeAll { $0.count <= count }
                    return (nil, ready)
                }
                if let result { continuation.resume(returning: result) }
                for watcher in watchers { watcher.sight.finish() }
            }
        } onCancel: {
            let sleeper = state.withLockedValue { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelledBeforeSleeping.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(returning: false)
        }
        state.withLockedValue { _ = $0.cancelledBeforeSleeping.remove(id) }
        guard woken else { throw CancellationError() }
    }
}
