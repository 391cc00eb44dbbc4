// When a phone may ring. A window moves a call's due time, so that what is closed costs the dispatcher nothing; the dial is checked again.
//
// The narrowest one holds: the call's own, else its agent's, else its organization's (`wider` is one of these two), and the hours of its
// metadata besides. A wider one may change while the call waits, so it is never part of the call: it is looked at in the transaction.
extension Call {
    /// It names a window itself, or its batch did: no wider one concerns it.
    package var hasOwnWindow: Bool { windows.areOwn }

    /// Those that must be open for a dial.
    package func windows(under wider: WiderWindow?) -> [CallWindow] {
        windows.under(wider)
    }

    package func isOpen(at moment: Moment, under wider: WiderWindow?) -> Bool {
        windows(under: wider).allSatisfy { $0.isOpen(at: moment) }
    }

    /// When its next attempt would begin if every window were open.
    package var wantedAt: Moment {
        guard isRetrying else { return scheduledAt ?? createdAt }
        let past = countedAttempts
        return past.last?.endedAt.flatMap { retries?.next(after: $0, retries: past.count - 1) } ?? dueAt
    }

    /// Whose window keeps it from being dialled now, though its time has come; nil: nobody's.
    package func keeper(at now: Moment, under wider: WiderWindow?) -> WindowOwner? {
        guard phase == .waiting, wantedAt <= now else { return nil }
        if !windows.allSatisfy({ $0.isOpen(at: now) }) { return .call }
        guard !hasOwnWindow, let wider, !wider.window.isOpen(at: now) else { return nil }
        return wider.owner
    }

    /// When it will be dialled if nothing else keeps it; its due time where that is over, or where its windows are never open together.
    package func nextAttempt(at now: Moment, under wider: WiderWindow?) -> Moment {
        if dueAt <= now, isOpen(at: now, under: wider) { return dueAt }
        return windows(under: wider).nextOpening(from: max(dueAt, now)) ?? dueAt
    }

    /// Its time as a wider window has it: where that is closed then, at the next opening, and never sooner.
    package func timed(under wider: WiderWindow?) -> Call {
        guard phase == .waiting, wider != nil, !hasOwnWindow else { return self }
        var call = self
        if let dueBefore {
            call.dueBefore = windows(under: wider).nextOpening(from: dueBefore) ?? dueBefore
        } else {
            call.dueAt = windows(under: wider).nextOpening(from: dueAt) ?? dueAt
        }
        return call
    }

    /// Its time after a wider window has changed, or gone: as if it had always been so, but for what is over.
    package func retimed(under wider: WiderWindow?, at now: Moment) -> Call {
        guard phase == .waiting, !hasOwnWindow, dueBefore == nil, dueAt > now else { return self }
        let next = windows(under: wider).nextOpening(from: max(wantedAt, now))
        guard let next, next != dueAt else { return self }
        var call = with(phase: phase, at: now)
        call.dueAt = next
        return call
    }

    /// A window is closed: it waits for the next opening.
    func awaitingWindow(at now: Moment, under wider: WiderWindow?) -> Call {
        var call = with(phase: phase, at: now)
        call.dueAt = windows(under: wider).nextOpening(from: now) ?? now + Self.closedForEverIsAskedAgainAfter
        call.dueBefore = nil
        return call
    }

    /// An accepted call has an opening, but where this program's table of time zones lacks one, or where a wider window that came later is
    /// never open in the call's own hours: nothing is dialled then.
    static let closedForEverIsAskedAgainAfter: Duration = .seconds(3600)
}

extension [CallWindow] {
    fileprivate var areOwn: Bool { contains { !$0.isAddition } }

    /// Those that must be open for a dial of a call that has these itself.
    package func under(_ wider: WiderWindow?) -> [CallWindow] {
        guard let wider, !areOwn else { return self }
        return self + [wider.window]
    }
}
