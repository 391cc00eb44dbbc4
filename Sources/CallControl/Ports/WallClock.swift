package import CallCore
import Glibc

/// Where the time comes from: the wall in production, a clock that a test moves otherwise.
package protocol WallClock: Sendable {
    var now: Moment { get }
    /// Returns at `moment` or soon after, never before it; throws when the task is cancelled.
    func sleep(until moment: Moment) async throws(CancellationError)
}

/// The machine's clock.
package struct SystemClock: WallClock {
    package init() {}

    package var now: Moment { Moment(milliseconds: nanoseconds / 1_000_000) }

    private var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package func sleep(until moment: Moment) async throws(CancellationError) {
        // The wall can be set while we sleep, so it is asked again at the end, and every minute on the way.
        while true {
            guard now < moment else { return }
            // To the nanosecond: rounded to milliseconds, half of all calls would start half a millisecond late.
            let left = moment.milliseconds.multipliedReportingOverflow(by: 1_000_000)
            let pause = left.overflow ? Int64.max : left.partialValue - nanoseconds
            do {
                try await Task.sleep(for: .nanoseconds(min(max(pause, 0), 60_000_000_000)), tolerance: .zero)
            } catch {
                throw CancellationError()
            }
        }
    }
}
