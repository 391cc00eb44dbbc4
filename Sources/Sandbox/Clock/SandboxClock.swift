import NIOConcurrencyHelpers
package import NIOCore

/// Real time that can be frozen, moved forward and set running again; all of the sandbox's waiting happens on it.
///
/// Alarms are kept in a heap, and one timer of the event loop stands for the earliest of them: nothing polls. An alarm's
/// closure runs on the event loop, or on the thread that moved the clock; by the time `advance` returns, everything that was
/// due has run.
package final class SandboxClock: Sendable {
    private struct State {
        /// What the clock is ahead of real time, in nanoseconds; only meaningful while it runs.
        var ahead: Int64 = 0
        var frozenAt: Int64?
        var due = DeadlineHeap<Int>()
        var alarms: [Int: @Sendable (Bool) -> Void] = [:]
        var lastAlarm = 0
        var timer: Scheduled<Void>?
        var timerDeadline: Int64?
    }

    private let eventLoop: any EventLoop
    private let realNow: @Sendable () -> Int64
    private let state: NIOLockedValueBox<State>

    /// - Parameters:
    ///   - eventLoop: where the timer runs.
    ///   - startedAt: nanoseconds since 1970 at this moment; from here on the monotonic clock counts.
    ///   - frozen: whether time stands still until it is moved.
    package init(eventLoop: any EventLoop, startedAt: Int64, frozen: Bool = false) {
        self.eventLoop = eventLoop
        let start = NIODeadline.now()
        realNow = { startedAt + (NIODeadline.now() - start).nanoseconds }
        state = NIOLockedValueBox(State(frozenAt: frozen ? startedAt : nil))
    }

    /// Milliseconds since 1970.
    package var now: Int64 { state.withLockedValue { time($0) / 1_000_000 } }

    package var isFrozen: Bool { state.withLockedValue { $0.frozenAt != nil } }

    /// How many alarms and sleepers wait.
    package var waiting: Int { state.withLockedValue { $0.alarms.count } }

    private func time(_ state: State) -> Int64 { state.frozenAt ?? (realNow() + state.ahead) }

    // MARK: Moving it

    package func freeze() {
        state.withLockedValue { state in
            if state.frozenAt == nil { state.frozenAt = time(state) }
            arm(&state)
        }
    }

    /// Lets time run again, from where it stands.
    package func run() {
        state.withLockedValue { state in
            if let frozenAt = state.frozenAt {
                state.ahead = frozenAt - realNow()
                state.frozenAt = nil
            }
            arm(&state)
        }
        fire()
    }

    /// Moves time forward, frozen or not, and runs what has become due.
    package func advance(milliseconds: Int64) {
        state.withLockedValue { state in
            let step = milliseconds * 1_000_000
            if let frozenAt = state.frozenAt {
                state.frozenAt = frozenAt + step
            } else {
                state.ahead += step
            }
        }
        fire()
    }

    /// Back to real time; whoever waits is sent away as if cancelled.
    package func reset() {
        let alarms = state.withLockedValue { state in
            state.ahead = 0
            state.frozenAt = nil
            let alarms = state.alarms.sorted { $0.key < $1.key }.map(\.value)
            state.alarms = [:]
            state.due = DeadlineHeap()
            arm(&state)
            return alarms
        }
        for alarm in alarms { alarm(false) }
    }

    // MARK: Waiting on it

    /// Calls once when the time has come with `true`, or with `false` when the clock is reset before; not at all once cancelled.
    package func alarm(at deadline: Int64, _ ring: @escaping @Sendable (Bool) -> Void) -> Int {
        state.withLockedValue { add(ring, at: deadline, to: &$0) }
    }

    package func cancel(_ alarm: Int) {
        state.withLockedValue { _ = remove(alarm, from: &$0) }
    }

    /// Waits until the clock shows this many milliseconds since 1970.
    package func sleep(until deadline: Int64) async throws(CancellationError) {
        let ticket = state.withLockedValue { state in
            state.lastAlarm += 1
            return state.lastAlarm
        }
        let reached = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                // Whether this task is cancelled is asked under the lock: a later cancellation then finds the alarm.
                let cancelled = state.withLockedValue { state in
                    guard !Task.isCancelled else { return true }
                    set(ticket, { continuation.resume(returning: $0) }, at: deadline, in: &state)
                    return false
                }
                if cancelled { continuation.resume(returning: false) }
            }
        } onCancel: {
            let ring = state.withLockedValue { remove(ticket, from: &$0) }
            ring?(false)
        }
        if !reached { throw CancellationError() }
    }

    // MARK: Inside

    private func add(_ ring: @escaping @Sendable (Bool) -> Void, at deadline: Int64, to state: inout State) -> Int {
        state.lastAlarm += 1
        set(state.lastAlarm, ring, at: deadline, in: &state)
        return state.lastAlarm
    }

    private func set(_ id: Int, _ ring: @escaping @Sendable (Bool) -> Void, at deadline: Int64, in state: inout State) {
        state.alarms[id] = ring
        state.due.push(id, at: deadline)
        arm(&state)
    }

    private func remove(_ id: Int, from state: inout State) -> (@Sendable (Bool) -> Void)? {
        guard let ring = state.alarms.removeValue(forKey: id) else { return nil }
        if state.due.count > 2 * state.alarms.count + 64 {
            let alarms = state.alarms
            state.due.keep { alarms[$0] != nil }
        }
        return ring
    }

    private func fire() {
        while true {
            let ring = state.withLockedValue { state -> (@Sendable (Bool) -> Void)? in
                let now = time(state) / 1_000_000
                while let (_, id) = state.due.pop(due: now) {
                    if let ring = state.alarms.removeValue(forKey: id) { return ring }
                }
                arm(&state)
                return nil
            }
            guard let ring else { return }
            ring(true)
        }
    }

    /// Sets the event loop's timer to the earliest deadline, if that is not what it stands on already.
    private func arm(_ state: inout State) {
        var wanted = state.frozenAt == nil ? state.due.next : nil
        if let deadline = wanted, deadline > Self.farthest { wanted = nil }
        guard let wanted else {
            state.timer?.cancel()
            state.timer = nil
            state.timerDeadline = nil
            return
        }
        let real = wanted * 1_000_000 - state.ahead
        guard state.timerDeadline != real else { return }
        state.timer?.cancel()
        state.timerDeadline = real
        let delay = max(0, real - realNow())
        state.timer = eventLoop.scheduleTask(in: .nanoseconds(delay)) { [weak self] in
            guard let self else { return }
            self.state.withLockedValue { state in
                if state.timerDeadline == real { state.timerDeadline = nil }
            }
            self.fire()
        }
    }

    /// Deadlines beyond the year 2200 are never: they would not fit into nanoseconds.
    private static let farthest: Int64 = 7_258_118_400_000
}
