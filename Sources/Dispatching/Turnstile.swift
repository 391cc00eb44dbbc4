import NIOConcurrencyHelpers

/// Lets a fixed number in at a time, in the order of arrival.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var queue: [CheckedContinuation<Void, Never>] = []
    }

    private let state: NIOLockedValueBox<State>

    init(atATime: Int) { state = NIOLockedValueBox(State(free: atATime)) }

    /// Waits for a place, and gives it back when `body` is done.
    func pass<Value: Sendable>(_ body: () async -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let enter = state.withLockedValue { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.queue.append(continuation)
                return false
            }
            if enter { continuation.resume() }
        }
        let value = await body()
        let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            if state.queue.isEmpty {
                state.free += 1
                return nil
            }
            return state.queue.removeFirst()
        }
        next?.resume()
        return value
    }
}
