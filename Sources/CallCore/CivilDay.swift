/// A day as a place has it, from its first moment to that of the next one.
///
/// It has 23 or 25 hours where the clocks are changed on it.
package struct CivilDay: Sendable, Equatable {
    package let start: Moment
    package let end: Moment

    /// The day in which a moment is.
    package init(of moment: Moment, in zone: Zone) {
        // Days are not much longer than this, so that the first end found is that of a day before.
        var start = zone.endOfDay(after: moment - .seconds(50 * 3600))
        var end = zone.endOfDay(after: start)
        while end <= moment { (start, end) = (end, zone.endOfDay(after: end)) }
        self.start = start
        self.end = end
    }
}

extension Zone {
    /// The first moment after `moment` at which its clocks show a later date.
    ///
    /// Clocks that are put back at midnight show the old date for an hour more, and no midnight until that is over; clocks that jump over
    /// midnight begin the day at one o'clock.
    fileprivate func endOfDay(after moment: Moment) -> Moment {
        let day = LocalTime(moment, offset: offset(at: moment)).day
        var from = moment
        while true {
            let offset = offset(at: from)
            if LocalTime(from, offset: offset).day > day { return from }
            let midnight = Moment(milliseconds: (day + 1) * LocalTime.dayLength - offset * 1000)
            guard let change = change(after: from, until: midnight) else { return midnight }
            from = change
        }
    }
}
