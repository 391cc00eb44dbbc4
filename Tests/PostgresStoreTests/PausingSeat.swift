import Dispatch
import NIOConcurrencyHelpers
import PostgresStore

/// A lane's thread on which pauses last until a test ends them.
final class PausingSeat: Seat {
    private struct State {
        var visits = 0
        var awaited: (visits: Int, continuation: CheckedContinuation<Void, Never>)?
        var pauses: [@Sendable () -> Void] = []

        mutating func nextIfCame() -> CheckedContinuation<Void, Never>? {
            guard let awaited, visits >= awaited.visits else { return nil }
            self.awaited = nil
            return awaited.continuation
        }
    }

    private let queue = DispatchQueue(label: "pausing seat")
    private let state = NIOLockedValueBox(State())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
        let waiter = state.withLockedValue { state in
            state.visits += 1
            return state.nextIfCame()
        }
        waiter?.resume()
    }

    func async(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    func after(_ pause: Duration, _ work: @escaping @Sendable () -> Void) {
        state.withLockedValue { $0.pauses.append(work) }
    }

    func depart(for backend: Int32) {}
    func wait(for backend: Int32, on socket: Int32) {}
    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

    /// Nothing runs here until the semaphore is signalled; visits are counted from now on.
    func block() -> DispatchSemaphore {
        let free = DispatchSemaphore(value: 0)
        queue.async { free.wait() }
        state.withLockedValue { $0.visits = 0 }
        return free
    }

    /// Returns when so many jobs have come since it was blocked.
    func waitForVisits(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let waiter = state.withLockedValue { state in
                state.awaited = (count, continuation)
                return state.nextIfCame()
            }
            waiter?.resume()
        }
    }

    /// Returns when what is here, and what that brings along, has run as far as it can.
    func settle() async {
        for _ in 0..<20 { await withCheckedContinuation { done in queue.async { done.resume() } } }
    }

    func endPauses() {
        let pauses = state.withLockedValue { state in
            defer { state.pauses = [] }
            return state.pauses
        }
        for work in pauses { queue.async(execute: work) }
    }
}
