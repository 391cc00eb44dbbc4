import NIOConcurrencyHelpers

/// Lets a fixed number in at a time: by rank, and in the order of arrival within one.
final class Turnstile: Sendable {
    enum Rank: Int { case first, next, last }

    private struct State {
        var free: Int
        /// By rank.
        var queues: [[CheckedContinuation<Void, Never>]] = [[], [], []]
    }

    private let state: NIOLockedValueBox<State>
    private let kept: Int

    /// `kept` of the places are never taken by the last rank, so that however many of those there are, others need not wait for them.
    init(atATime: Int, kept: Int = 0) {
        state = NIOLockedValueBox(State(free: atATime))
        self.kept = min(kept, atATime - 1)
    }

    /// Waits for a place, and gives it back when `body` is done.
    func pass<Value, Failure: Error>(
        _ rank: Rank = .next, _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await withCheckedContinuation { continuation in
            let enter = state.withLockedValue { state in
                if take(rank, &state) { return true }
                state.queues[rank.rawValue].append(continuation)
                return false
            }
            if enter { continuation.resume() }
        }
        defer { giveBack() }
        return try await body()
    }

    /// Nil where all places are taken: whoever may not wait does something else.
    func passIfFree<Value>(_ body: () async -> Value) async -> Value? {
        guard state.withLockedValue({ take(.next, &$0) }) else { return nil }
        defer { giveBack() }
        return await body()
    }

    private func take(_ rank: Rank, _ state: inout State) -> Bool {
        guard state.free > (rank == .last ? kept : 0) else { return false }
        state.free -= 1
        return true
    }

    private func giveBack() {
        let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            state.free += 1
            for rank in [Rank.first, .next, .last] where !state.queues[rank.rawValue].isEmpty {
                return take(rank, &state) ? state.queues[rank.rawValue].removeFirst() : nil
            }
            return nil
        }
        next?.resume()
    }
}
