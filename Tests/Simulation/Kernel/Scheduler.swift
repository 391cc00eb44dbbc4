import Glibc
import NIOConcurrencyHelpers
import Sandbox

/// All that happens in one seed, on one thread: jobs that are ready, in an order that the seed draws, and alarms on a clock that moves
/// only when no job is ready.
///
/// `@unchecked`: everything in it is touched by the thread that made it alone. A job that comes from another one is a fault of its
/// own, because such a seed would not repeat itself: it is counted in `strangers`.
final class Scheduler: @unchecked Sendable {
    /// Milliseconds since 1970.
    private(set) var now: Int64
    private(set) var jobsRun = 0
    private var chance: SeededChance
    private var ready: [(job: UnownedJob, executor: NodeExecutor)] = []
    private var alarms = DeadlineHeap<@Sendable () -> Void>()
    /// Jobs that ran since the clock last moved.
    private var jobsAtThisTime = 0
    private let thread = pthread_self()
    private let foreign = NIOLockedValueBox<[(job: UnownedJob, executor: NodeExecutor)]>([])
    private(set) var strangers = 0

    /// So many jobs take a millisecond: a loop that waits for nothing does not stop the clock.
    private static let jobsPerMillisecond = 1000

    private static let count = NIOLockedValueBox(0)

    /// How many there are: a seed that is over leaves none.
    static var alive: Int { count.withLockedValue { $0 } }

    deinit { Self.count.withLockedValue { $0 -= 1 } }

    init(seed: UInt64, now: Int64) {
        Self.count.withLockedValue { $0 += 1 }
        chance = SeededChance(seed: seed)
        self.now = now
    }

    func enqueue(_ job: UnownedJob, on executor: NodeExecutor) {
        if pthread_equal(pthread_self(), thread) != 0 {
            ready.append((job, executor))
        } else {
            foreign.withLockedValue { $0.append((job, executor)) }
        }
    }

    /// Runs `ring` when the clock shows `time`, or soon where that is past.
    func alarm(at time: Int64, _ ring: @escaping @Sendable () -> Void) {
        alarms.push(ring, at: max(time, now))
    }

    /// Runs whatever is ready, or becomes it, until the clock shows `limit`.
    func run(until limit: Int64) {
        while true {
            runReady()
            guard let next = alarms.next, next <= limit else {
                now = max(now, limit)
                return
            }
            if next > now {
                now = next
                jobsAtThisTime = 0
            }
            while let (_, ring) = alarms.pop(due: now) {
                ring()
                // What an alarm woke may run before or after the next alarm of the same time.
                if chance.next() % 2 == 0 { break }
            }
        }
    }

    /// Drops all alarms: whatever they hold has no other end.
    func forget() { alarms = DeadlineHeap() }

    private func runReady() {
        while true {
            if ready.isEmpty { takeForeign() }
            guard !ready.isEmpty else { return }
            let place = ready.count == 1 ? 0 : Int(chance.next() % UInt64(ready.count))
            ready.swapAt(place, ready.count - 1)
            let (job, executor) = ready.removeLast()
            guard executor.isRunning else {
                executor.keep(job)
                continue
            }
            guard executor.hasStepLeft() else {
                executor.keep(job)
                continue
            }
            jobsRun += 1
            jobsAtThisTime += 1
            job.runSynchronously(on: executor.asUnownedTaskExecutor())
            if jobsAtThisTime >= Self.jobsPerMillisecond {
                now += 1
                jobsAtThisTime = 0
            }
        }
    }

    private func takeForeign() {
        let jobs = foreign.withLockedValue { jobs in
            defer { jobs = [] }
            return jobs
        }
        strangers += jobs.count
        ready += jobs
    }
}

/// Where the tasks of one node run: it can be halted between any two of its steps, for a while or for good.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class NodeExecutor: TaskExecutor, @unchecked Sendable {
    private let scheduler: Scheduler
    private(set) var isRunning = true
    private var kept: [UnownedJob] = []
    private var fuse: (steps: Int, then: @Sendable () -> Void)?

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func enqueue(_ job: consuming ExecutorJob) { scheduler.enqueue(UnownedJob(job), on: self) }

    fileprivate func keep(_ job: UnownedJob) { kept.append(job) }

    func halt() { isRunning = false }

    /// Halts after so many steps more, wherever that is.
    func halt(after steps: Int, then: @escaping @Sendable () -> Void) { fuse = (steps, then) }

    fileprivate func hasStepLeft() -> Bool {
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
        for job in kept { scheduler.enqueue(job, on: self) }
        kept = []
    }
}
