package import CallCore
import NIOConcurrencyHelpers

/// Wakes one sleeper before its time: "there is something new to do".
///
/// Rings add up to one.
package final class Bell: Sendable {
    private struct State {
        var rung = false
        var sleeper: CheckedContinuation<Void, Never>?
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
            group.addTask { await self.rings() }
            if let moment { group.addTask { try? await clock.sleep(until: moment) } }
            await group.next()
            group.cancelAll()
        }
    }

    private func rings() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLockedValue { state in
                    if state.rung || Task.isCancelled {
                        state.rung = false
                        return true
                    }
                    state.sleeper = continuation
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
