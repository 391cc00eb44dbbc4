/// How often one number may be dialled for one organization: so many dials in any stretch of time of that length.
package struct NumberLimit: Sendable, Hashable {
    package let dials: Int
    package let window: Duration

    package static let counts = 1...1000
    package static let windows = Duration.seconds(60)...Duration.seconds(30 * 86_400)

    package init(dials: Int, window: Duration) {
        self.dials = dials
        self.window = window
    }

    /// For how long a dial counts.
    ///
    /// One may leave up to two seconds after it was written down as sent, and the next one at once: what the number sees is not to be
    /// closer together than the window.
    package var span: Duration { window + .seconds(2) }

    /// From when on the number may be dialled again; nil: it may be now.
    package func opening(after past: NumberDials, at now: Moment) -> Moment? {
        let sent = past.sent.filter { now.since($0) < span }.sorted()
        if sent.count >= dials { return sent[sent.count - dials] + span }
        let tooMany = sent.count + past.planned - dials + 1
        guard tooMany > 0 else { return nil }
        // A dial that is being prepared may leave any moment, or never.
        let asked = now + Self.plannedIsAskedAgainAfter
        return tooMany <= sent.count ? min(asked, sent[tooMany - 1] + span) : asked
    }

    /// A room and an agent are there within some seconds, as a rule.
    static let plannedIsAskedAgainAfter: Duration = .seconds(10)
}

/// The dials of an organization to one number, as far back as a limit asks for them.
package struct NumberDials: Sendable, Equatable {
    /// When those were sent that may have left.
    package var sent: [Moment]
    /// Those that are being prepared.
    package var planned: Int

    package init(sent: [Moment] = [], planned: Int = 0) {
        self.sent = sent
        self.planned = planned
    }
}

extension Call {
    /// Its number was dialled as often as it may be: it waits until it may be again, and for its windows from then on.
    func awaitingNumber(until opening: Moment, at now: Moment, under wider: WiderWindow?) -> Call {
        var call = with(phase: phase, at: now)
        call.dueAt = windows(under: wider).nextOpening(from: opening) ?? opening
        call.dueBefore = nil
        return call
    }
}
