/// A point in time in whole milliseconds since 1970, UTC: what is stored, compared and printed.
///
/// Foundation's `Date` is a floating-point number that prints a millisecond short; an integer does not.
package struct Moment: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (moment: Moment, duration: Duration) -> Moment {
        Moment(milliseconds: moment.milliseconds + duration.milliseconds)
    }

    package static func - (moment: Moment, duration: Duration) -> Moment {
        Moment(milliseconds: moment.milliseconds - duration.milliseconds)
    }

    /// How long after `earlier` this is; negative when it is before it.
    package func since(_ earlier: Moment) -> Duration { .milliseconds(milliseconds - earlier.milliseconds) }

    /// Later than every time that is written down.
    package static let never = Moment(milliseconds: .max / 4)
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
