/// Where the tasks of one node run: it can be halted between any two of its steps, for a while or for good.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class NodeExecutor: TaskExecutor, @unchecked Sendable {
    let scheduler: Scheduler
    /// What is done here takes no time and is seen by nobody: the simulation's own looks.
    let isUrgent: Bool
    private(set) var isRunning = true
    private var kept: [Step] = []
    private var fuse: (steps: Int, then: @Sendable () -> Void)?

    init(_ scheduler: Scheduler, isUrgent: Bool = false) {
        self.scheduler = scheduler
        self.isUrgent = isUrgent
    }

    func enqueue(_ job: consuming ExecutorJob) { scheduler.enqueue(Step(work: .job(UnownedJob(job)), node: self)) }

    func keep(_ step: Step) { kept.append(step) }

    func halt() { isRunning = false }

    /// Halts after so many steps more, wherever that is.
    func halt(after steps: Int, then: @escaping @Sendable () -> Void) { fuse = (steps, then) }

    func hasStepLeft() -> Bool {
        guard let burning = fuse else { return true }
        if burning.steps > 0 {
            fuse = (burning.steps - 1, burning.then)
            return true
        }
        fuse = nil
        halt()
        burning.then()
        return false
    }

    /// What became ready meanwhile is ready now.
    func resume() {
        isRunning = true
        fuse = nil
        for step in kept { scheduler.enqueue(step) }
        kept = []
    }
}
