package import CallCore

/// When the next start is due at a gate whose starts are spread evenly.
///
/// Evenly, so that whoever comes next waits for one place and not for the rest of a second. Who came late for a place has not lost
/// it: the places stand at fixed distances, whenever somebody looks.
package struct Pace: Sendable, Equatable {
    /// In microseconds since 1970: at 1,000 starts a second, places are no whole milliseconds.
    package var next: Int64

    package init(next: Int64 = 0) { self.next = next }

    /// Places that were missed longer ago are lost, so that after a stall there is no crowd.
    private static let kept: Int64 = 50_000
    /// Who comes later than this has not missed anything: nobody waited.
    private static let rest: Int64 = 1_000_000

    /// When a start is due, `now` at the soonest.
    ///
    /// A place further ahead than the next one was written before a clock was set back.
    package func free(_ rate: StartRate, at now: Moment) -> Moment {
        let now = now.milliseconds * 1000
        let next = min(next, now + rate.interval)
        return Moment(milliseconds: (max(next, now) + 999) / 1000)
    }

    package mutating func start(_ rate: StartRate, at now: Moment) {
        let now = now.milliseconds * 1000
        let late = max(0, now - next)
        next = now - (late > Self.rest ? 0 : min(late, Self.kept)) + rate.interval
    }
}
