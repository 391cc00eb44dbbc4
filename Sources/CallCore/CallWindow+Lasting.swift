extension [CallWindow] {
    /// The moment at which all of them have been open for so long, counted from `moment` on; nil: not in any time worth naming.
    package func moment(openFor duration: Duration, from moment: Moment) -> Moment? {
        if isEmpty { return moment + duration }
        var left = duration
        var from = moment
        for _ in 0..<Self.mostOpenings {
            guard let opening = nextOpening(from: from) else { return nil }
            let ends = compactMap { $0.end(from: opening) }
            guard let closing = ends.min() else { return nil }
            if opening + left <= closing { return opening + left }
            left -= closing.since(opening)
            from = closing
        }
        return nil
    }

    /// About three months of days.
    private static let mostOpenings = 100
}

extension CallWindow {
    /// When the clock shows its end next: it closes then, or goes on where it begins there.
    fileprivate func end(from moment: Moment) -> Moment? {
        let minute = end % 1440
        // One that ends at midnight is open in the minute after, if that is the next day's.
        let isShown = CallWindow(start: minute, end: minute + 1, zone: zone)?.isOpen(at: moment) == true
        return zone.next(minute: minute, from: isShown ? moment + .seconds(60) : moment)
    }
}
