import CallControl
import CallCore

/// The scheduler's time as the wall's.
struct SimulatedClock: WallClock {
    let scheduler: Scheduler

    var now: Moment { Moment(milliseconds: scheduler.now) }

    func sleep(until moment: Moment) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        guard moment.milliseconds > scheduler.now else { return }
        let slot = Slot<Bool>()
        scheduler.alarm(at: moment.milliseconds) { slot.fill(true) }
        guard await slot.wait(whenCancelled: false) else { throw CancellationError() }
    }
}
