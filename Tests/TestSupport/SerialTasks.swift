import Dispatch

/// Runs tasks one at a time, in the order in which they became ready: on a busy machine, too, a task that yields lets all others go first.
package final class SerialTasks: TaskExecutor {
    private let queue = DispatchQueue(label: "serial tasks")

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Lets whatever is ready, and what that makes ready in turn, run before the caller goes on.
    package static func settle() async {
        // A hang-up or a dial takes some twenty changes of tasks between two looks at the clock.
        for _ in 0..<60 { await Task.yield() }
    }
}
