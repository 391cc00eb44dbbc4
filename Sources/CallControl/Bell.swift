package import CallCore
import NIOConcurrencyHelpers

/// Wakes one sleeper before its time: "there is something new to do".
///
/// Rings add up to one.
package final class Bell: Sendable {
    private struct State {
        var rung = false
        var sleeper: CheckedContinuation<Void, Never>?
        /// When the sleeper wakes by itself.
        var alarm: Moment?
    }

    private let state = NIOLockedValueBox(State())
    private let relay: @Sendable () -> Void

    /// - Parameter relay: passes an announcement on to the other nodes, and returns at once.
    package init(relay: @escaping @Sendable () -> Void = {}) { self.relay = relay }

    /// Rings here and on all other nodes.
    package func announce() {
        ring()
        relay()
    }

    /// As `announce`, for something that is to be done at `due`: who sleeps no longer than that sleeps on.
    ///
    /// Then the other nodes are not told either: this one will be up in time.
    package func announce(due: Moment) {
        let sleepsOn = state.withLockedValue { state in
            guard state.sleeper != nil, let alarm = state.alarm else { return false }
            return alarm <= due
        }
        if !sleepsOn { announce() }
    }

    /// Wakes the sleeper, or the next one to come.
    package func ring() {
        let sleeper = state.withLockedValue { state in
            defer { state.sleeper = nil }
            if state.sleeper == nil { state.rung = true }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Returns when the bell rings, when the moment has come, or when the task is cancelled.
    ///
    /// One sleeper at a time.
    package func wait(until moment: Moment?, clock: any WallClock) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.rings(before: moment) }
            if let moment { group.addTask { try? await clock.sleep(until: moment) } }
            await group.next()
            group.cancelAll()
        }
    }

    private func rings(before alarm: Moment?) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLockedValue { state in
                    if state.rung || Task.isCancelled {
                        state.rung = false
                        return true
                    }
                    state.sleeper = continuation
                    state.alarm = alarm
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLockedValue { state in
                defer { state.sleeper = nil }
                return state.sleeper
            }
            sleeper?.resume()
        }
    }
}
