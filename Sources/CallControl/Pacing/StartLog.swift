package import CallCore

/// Keeps every window of a rate to its starts: a log of the newest ones, not a bucket that could be full twice.
package struct StartLog: Sendable, Equatable {
    /// Oldest first, at most as many as a window may see; the last ones may lie a little ahead.
    package private(set) var starts: [Moment]

    package init(_ starts: [Moment] = []) { self.starts = starts }

    /// When the next start may be, `now` at the soonest, and never before one that has its place.
    package func free(_ rate: StartRate, at now: Moment) -> Moment {
        // A clock that was set back must not stop the starts: what lies far ahead was counted long ago.
        guard let last, last.since(now) <= Self.farthest else { return now }
        let first = starts.count >= rate.count ? starts[starts.count - rate.count] + rate.window : now
        return max(now, first, last)
    }

    /// One more start, at a moment that `free` allowed.
    package mutating func record(_ rate: StartRate, at start: Moment) {
        starts.removeAll { $0 > start }
        starts.append(start)
        starts.removeFirst(max(0, starts.count - rate.count))
    }

    /// A start was later than the place that it had taken, which others may have pushed out of the log since.
    package mutating func move(from place: Moment, to start: Moment) {
        guard let index = starts.lastIndex(of: place) ?? starts.indices.first, starts[index] < start else { return }
        starts.remove(at: index)
        starts.insert(start, at: starts.firstIndex { $0 > start } ?? starts.endIndex)
    }

    /// The last place that was taken.
    package var last: Moment? { starts.last }

    /// No place is taken further ahead.
    static let farthest: Duration = .seconds(2)
}

/// A gate with the rate that it lets pass.
package struct RatedGate: Sendable, Hashable {
    package let gate: DialGate
    package let rate: StartRate

    package init(gate: DialGate, rate: StartRate) {
        self.gate = gate
        self.rate = rate
    }

    /// Places are taken at most so far ahead.
    ///
    /// At the server's gate, which all pass, dials stand in line. At the others nobody takes a place long before he can use it: his
    /// place at the server's gate would keep those behind him waiting who pass other gates. Less than a window, so that the log
    /// knows of a dial that was a little late before the place that follows it by a window is taken.
    var lead: Duration { gate == .server ? .milliseconds(900) : Self.commit }

    /// About what a commit takes on a slow disk: so long before its place a dial is written down as sent.
    package static let commit: Duration = .milliseconds(15)
}

/// What came of asking for a place.
package enum GatePlace: Sendable, Equatable {
    /// It is taken: leave at this moment.
    case at(Moment)
    /// None is free soon; ask again then.
    case none(until: Moment)
}

/// The logs of gates, by which a dial passes all of its own or none.
package struct StartLogs: Sendable, Equatable {
    package private(set) var logs: [DialGate: StartLog]

    package init(_ logs: [DialGate: StartLog] = [:]) { self.logs = logs }

    /// Takes a place at all of these gates, the same for all, or takes none where one has none soon.
    package mutating func takePlace(_ gates: [RatedGate], at now: Moment) -> GatePlace {
        var opening = now
        var until = now
        for rated in gates {
            let free = logs[rated.gate, default: StartLog()].free(rated.rate, at: now)
            opening = max(opening, free)
            until = max(until, free - rated.lead)
        }
        guard until <= now else { return .none(until: until) }
        for rated in gates { logs[rated.gate, default: StartLog()].record(rated.rate, at: opening) }
        return .at(opening)
    }

    package mutating func move(_ gates: [RatedGate], from place: Moment, to start: Moment) {
        for rated in gates { logs[rated.gate]?.move(from: place, to: start) }
    }
}
