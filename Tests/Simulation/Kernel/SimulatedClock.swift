import CallControl
import CallCore

/// The scheduler's time as the wall's, on a machine whose clock may be a little off.
struct SimulatedClock: WallClock {
    let scheduler: Scheduler
    /// Milliseconds that it is ahead.
    var skew: Int64 = 0

    var now: Moment { Moment(milliseconds: scheduler.now + skew) }

    func sleep(until moment: Moment) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        let time = moment.milliseconds - skew
        guard time > scheduler.now else { return }
        let slot = Slot<Bool>()
        scheduler.alarm(at: time) { slot.fill(true) }
        guard await slot.wait(whenCancelled: false) else { throw CancellationError() }
    }
}
