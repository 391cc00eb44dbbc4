import Dispatch

/// A thread on which one lane's jobs run one after the other; it may be blocked, which Swift's own threads must not be.
///
/// It is the lane's executor, and the one that a task prefers while it is on the lane: an answer then resumes it here at once. Without
/// the preference it would be resumed on one of Swift's own threads, and change over from there.
final class Thread: Seat {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
    }

    /// Behind all that was enqueued before.
    func async(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    func after(_ pause: Duration, _ work: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(pause / .nanoseconds(1))), execute: work)
    }

    func depart(for backend: Int32) {}

    func wait(for backend: Int32, on socket: Int32) {}

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
