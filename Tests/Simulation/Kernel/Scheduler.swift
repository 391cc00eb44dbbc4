import Glibc
import NIOConcurrencyHelpers
import Sandbox

/// All that happens in one seed, on one thread: steps that are ready, in an order that the seed draws, and alarms on a clock that moves
/// only when none is.
///
/// `@unchecked`: everything in it is touched by the thread that made it alone. A job that comes from another one is a fault of its
/// own, because such a seed would not repeat itself: it is counted in `strangers`.
final class Scheduler: @unchecked Sendable {
    /// Milliseconds since 1970.
    private(set) var now: Int64
    private(set) var jobsRun = 0
    private var chance: SeededChance
    private var ready: [Step] = []
    /// In the order of their coming, before all others.
    private var urgent: [Step] = []
    private var steps = 0
    private var alarms = DeadlineHeap<@Sendable () -> Void>()
    /// Jobs that ran since the clock last moved.
    private var jobsAtThisTime = 0
    private let thread = pthread_self()
    private let foreign = NIOLockedValueBox<[Step]>([])
    private(set) var strangers = 0
    /// The one whose step runs now.
    private(set) var seat: SimulatedSeat?

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

    func enqueue(_ step: Step) {
        if pthread_equal(pthread_self(), thread) != 0 {
            add(step)
        } else {
            foreign.withLockedValue { $0.append(step) }
        }
    }

    private func add(_ step: Step) {
        var step = step
        steps += 1
        step.number = steps
        if step.node.isUrgent { urgent.append(step) } else { ready.append(step) }
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
            if urgent.isEmpty {
                guard !ready.isEmpty else { return }
                perform(ready.draw(&chance))
            } else {
                perform(urgent.removeFirst())
            }
        }
    }

    private func perform(_ step: Step) {
        guard step.node.isRunning, step.node.hasStepLeft() else { return step.node.keep(step) }
        run(step)
        if let seat = step.seat, case .turn = step.work { follow(seat) }
    }

    /// Whoever was answered goes on at once, and who ended a transaction tells of it before anybody else does anything.
    private func follow(_ seat: SimulatedSeat) {
        while seat.node.isRunning {
            if !urgent.isEmpty {
                perform(urgent.removeFirst())
            } else if let place = ready.indices.filter({ ready[$0].isJob(on: seat) }).min(by: {
                ready[$0].number < ready[$1].number
            }) {
                run(ready.remove(at: place))
            } else {
                return
            }
        }
    }

    /// Runs a step of one of these seats; false: none of them has one that may run.
    func goOn(_ seats: (SimulatedSeat) -> Bool) -> Bool {
        let places = ready.indices.filter { place in
            ready[place].node.isRunning && ready[place].seat.map(seats) == true
        }
        guard !places.isEmpty else { return false }
        let place = places.count == 1 ? 0 : Int(chance.next() % UInt64(places.count))
        perform(ready.remove(at: places[place]))
        return true
    }

    private func run(_ step: Step) {
        jobsRun += 1
        jobsAtThisTime += 1
        let before = seat
        seat = step.seat
        step.run()
        seat = before
        if jobsAtThisTime >= Self.jobsPerMillisecond {
            now += 1
            jobsAtThisTime = 0
        }
    }

    private func takeForeign() {
        let steps = foreign.withLockedValue { steps in
            defer { steps = [] }
            return steps
        }
        strangers += steps.count
        for step in steps { add(step) }
    }
}

extension [Step] {
    fileprivate mutating func draw(_ chance: inout SeededChance) -> Step {
        let place = count == 1 ? 0 : Int(chance.next() % UInt64(count))
        swapAt(place, count - 1)
        return removeLast()
    }
}
