/// The hours in which a phone may be rung, by the clock on the wall where it is.
///
/// It is what that clock shows that counts: an hour that is skipped in spring is not there, one that is repeated in autumn counts
/// twice, and a window that would begin in the skipped hour begins at its end.
package struct CallWindow: Sendable, Equatable {
    package enum Weekday: Int, Sendable, CaseIterable {
        case monday, tuesday, wednesday, thursday, friday, saturday, sunday
    }

    /// Those on which it begins; one over midnight ends on the day after.
    package let days: Set<Weekday>
    /// Minutes since midnight, 0 to 1,439, its first one.
    package let start: Int
    /// Minutes since midnight, 1 to 1,440, the first one that is not in it; at or before `start`: of the next day.
    package let end: Int
    package let zone: Zone
    /// It holds beside all others, as the hours in a call's metadata do; of these, only the narrowest does.
    package let isAddition: Bool

    /// Nil where it could never open (no day, or no minute), or a time is none.
    package init?(
        days: Set<Weekday> = Set(Weekday.allCases), start: Int, end: Int, zone: Zone, isAddition: Bool = false
    ) {
        guard !days.isEmpty, (0..<1440).contains(start), (1...1440).contains(end), start != end else { return nil }
        self.days = days
        self.start = start
        self.end = end
        self.zone = zone
        self.isAddition = isAddition
    }

    /// Never where nobody here knows the clock.
    package func isOpen(at moment: Moment) -> Bool {
        guard zone.isKnown else { return false }
        let local = LocalTime(moment, offset: zone.offset(at: moment))
        let isAfterStart = local.millisecond >= Int64(start) * 60_000
        let isBeforeEnd = local.millisecond < Int64(end) * 60_000
        if start < end { return isAfterStart && isBeforeEnd && days.contains(local.weekday) }
        return isAfterStart && days.contains(local.weekday) || isBeforeEnd && days.contains(local.weekdayBefore)
    }

    /// The first moment from `moment` on at which it is open.
    package func nextOpening(from moment: Moment) -> Moment {
        guard zone.isKnown else { return .never }
        var from = moment
        while !isOpen(at: from) {
            let offset = zone.offset(at: from)
            let next = nextStart(after: LocalTime(from, offset: offset), offset: offset)
            // The clocks may be changed before that: what they show then is another question.
            from = zone.change(after: from, until: next) ?? next
        }
        return from
    }

    /// When it begins next if the clocks are not changed; a week ahead at most.
    private func nextStart(after local: LocalTime, offset: Int64) -> Moment {
        var day = local.day
        if local.millisecond >= Int64(start) * 60_000 { day += 1 }
        while !days.contains(LocalTime.weekday(of: day)) { day += 1 }
        return Moment(milliseconds: day * LocalTime.dayLength + Int64(start) * 60_000 - offset * 1000)
    }
}

extension [CallWindow] {
    /// The first moment from `moment` on at which all of them are open; nil: not within a fortnight, which is never.
    package func nextOpening(from moment: Moment) -> Moment? {
        // Whatever the moment: a row may have one so far away that nothing can be added to it.
        if isEmpty { return moment }
        var from = moment
        while from < moment + .seconds(15 * 86_400) {
            guard let closed = first(where: { !$0.isOpen(at: from) }) else { return from }
            from = closed.nextOpening(from: from)
        }
        return nil
    }
}

extension Zone {
    /// The first moment from `moment` on at which the clocks show that minute of the day, or jump over it.
    package func next(minute: Int, from moment: Moment) -> Moment? {
        let minutes = CallWindow(start: minute, end: minute + 1, zone: self)
        guard let next = minutes?.nextOpening(from: moment) else { return nil }
        guard let change = change(after: moment, until: next) else { return next }
        let before = LocalTime(change - .milliseconds(1), offset: offset(at: change - .milliseconds(1)))
        let after = LocalTime(change, offset: offset(at: change))
        let jumped = before.millisecond < Int64(minute) * 60_000 && after.millisecond > Int64(minute) * 60_000
        return jumped ? change : next
    }
}

/// What a clock on the wall shows.
struct LocalTime {
    static let dayLength: Int64 = 86_400_000

    /// Since 1970-01-01.
    let day: Int64
    /// Of the day.
    let millisecond: Int64

    init(_ moment: Moment, offset: Int64) {
        let local = moment.milliseconds + offset * 1000
        let remainder = local % Self.dayLength
        millisecond = remainder < 0 ? remainder + Self.dayLength : remainder
        day = (local - millisecond) / Self.dayLength
    }

    var weekday: CallWindow.Weekday { Self.weekday(of: day) }
    var weekdayBefore: CallWindow.Weekday { Self.weekday(of: day - 1) }

    static func weekday(of day: Int64) -> CallWindow.Weekday {
        // The first day of 1970 was a Thursday.
        let number = Int((day + 3) % 7)
        return CallWindow.Weekday(rawValue: number < 0 ? number + 7 : number) ?? .monday
    }
}
