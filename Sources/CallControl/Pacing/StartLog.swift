package import CallCore

/// Keeps every window of a rate to its starts: a log of the newest ones, not a bucket that could be full twice.
package struct StartLog: Sendable, Equatable {
    /// Oldest first, at most as many as a window may see.
    package private(set) var starts: [Moment]

    package init(_ starts: [Moment] = []) { self.starts = starts }

    /// When the next start may be, `now` at the soonest.
    package func free(_ rate: StartRate, at now: Moment) -> Moment {
        // A clock that was set back must not stop the starts: what lies in the future was counted long ago.
        guard let first = first(rate), first <= now else { return now }
        return max(now, first + rate.window)
    }

    /// One more start, which `free` allowed.
    ///
    /// Somebody who was waked a moment after his place was free is written down in that place: those who come a window later
    /// would be late by as much, and more with every window.
    package mutating func record(_ rate: StartRate, at now: Moment) {
        var start = now
        if let first = first(rate) {
            let place = first + rate.window
            if place <= now, now.since(place) <= Self.waking { start = place }
        }
        starts.removeAll { $0 > now }
        starts.append(max(start, starts.last ?? start))
        starts.removeFirst(max(0, starts.count - rate.count))
    }

    /// The oldest of so many that no more may be in its window; nil while there are fewer.
    private func first(_ rate: StartRate) -> Moment? {
        starts.count >= rate.count ? starts[starts.count - rate.count] : nil
    }

    private static let waking: Duration = .milliseconds(2)
}

/// A gate with the rate that it lets pass.
package struct RatedGate: Sendable, Hashable {
    package let gate: DialGate
    package let rate: StartRate

    package init(gate: DialGate, rate: StartRate) {
        self.gate = gate
        self.rate = rate
    }
}

/// The logs of gates, by which a dial passes all of its own or none.
package struct StartLogs: Sendable, Equatable {
    package private(set) var logs: [DialGate: StartLog]

    package init(_ logs: [DialGate: StartLog] = [:]) { self.logs = logs }

    /// Takes a place at all of these gates; returns when to try again where one of them has none, and takes none then.
    package mutating func pass(_ gates: [RatedGate], at now: Moment) -> Moment? {
        let opening = gates.map { logs[$0.gate, default: StartLog()].free($0.rate, at: now) }.max() ?? now
        guard opening <= now else { return opening }
        for rated in gates { logs[rated.gate, default: StartLog()].record(rated.rate, at: now) }
        return nil
    }
}
