/// A place for one value that one task waits for; the first value counts.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Slot<Value: Sendable>: @unchecked Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case filled(Value)
        case taken
    }

    private var state = State.empty

    func fill(_ value: Value) {
        switch state {
        case .empty: state = .filled(value)
        case .awaited(let continuation):
            state = .taken
            continuation.resume(returning: value)
        case .filled, .taken: break
        }
    }

    /// `whenCancelled` fills the slot if the task is cancelled before anything else does.
    func wait(whenCancelled value: Value) async -> Value {
        await withTaskCancellationHandler {
            await waitWhateverComes()
        } onCancel: {
            self.fill(value)
        }
    }

    /// Waits on, though the task be cancelled.
    func waitWhateverComes() async -> Value {
        await withCheckedContinuation { continuation in
            if case .filled(let value) = state {
                state = .taken
                continuation.resume(returning: value)
            } else {
                state = .awaited(continuation)
            }
        }
    }
}
