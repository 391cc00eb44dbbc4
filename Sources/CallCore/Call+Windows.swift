// When a phone may ring. A window moves a call's due time, so that what is closed costs the dispatcher nothing; the dial is checked again.
extension Call {
    package func isOpen(at moment: Moment) -> Bool { windows.allSatisfy { $0.isOpen(at: moment) } }

    /// It could have been dialled by now if its window had been open.
    package func isKeptByWindow(at now: Moment) -> Bool {
        phase == .waiting && dueAt > now && (scheduledAt ?? createdAt) <= now && !isRetrying && !isOpen(at: now)
    }

    /// Its window is closed: it waits for the next opening.
    func awaitingWindow(at now: Moment) -> Call {
        var call = with(phase: phase, at: now)
        call.dueAt = windows.nextOpening(from: now) ?? now + Self.unknownPlaceIsAskedAgainAfter
        return call
    }

    /// No window of an accepted call is closed for ever, but where this program's table of time zones lacks one: nothing is dialled then.
    static let unknownPlaceIsAskedAgainAfter: Duration = .seconds(3600)
}
