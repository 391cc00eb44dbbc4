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

    package var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package func sleep(until moment: Moment) async throws(CancellationError) {
        // The wall can be set while we sleep, so it is asked again at the end, and every minute on the way.
        while true {
            let left = moment.since(now)
            guard left > .zero else { return }
            do {
                try await Task.sleep(for: min(left, .seconds(60)), tolerance: .zero)
            } catch {
                throw CancellationError()
            }
        }
    }
}
