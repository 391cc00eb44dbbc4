import NIOConcurrencyHelpers

/// Lets a fixed number in at a time, in the order of arrival.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var queue: [CheckedContinuation<Void, Never>] = []
        /// Those who go before all others.
        var urgent: [CheckedContinuation<Void, Never>] = []
    }

    private let state: NIOLockedValueBox<State>

    init(atATime: Int) { state = NIOLockedValueBox(State(free: atATime)) }

    /// Waits for a place, and gives it back when `body` is done.
    func pass<Value, Failure: Error>(
        first isUrgent: Bool = false, _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await withCheckedContinuation { continuation in
            let enter = state.withLockedValue { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                if isUrgent { state.urgent.append(continuation) } else { state.queue.append(continuation) }
                return false
            }
            if enter { continuation.resume() }
        }
        defer { giveBack() }
        return try await body()
    }

    /// Nil where all places are taken: whoever may not wait does something else.
    func passIfFree<Value>(_ body: () async -> Value) async -> Value? {
        let enter = state.withLockedValue { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
        guard enter else { return nil }
        defer { giveBack() }
        return await body()
    }

    private func giveBack() {
        let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            if !state.urgent.isEmpty { return state.urgent.removeFirst() }
            if !state.queue.isEmpty { return state.queue.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
