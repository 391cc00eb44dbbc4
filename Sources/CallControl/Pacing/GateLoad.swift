package import CallCore

/// How full a gate is.
package struct GateLoad: Sendable, Equatable {
    package let gate: DialGate
    package let limit: GateLimit
    /// Calls with an attempt under way.
    package let live: Int
    /// When the next one may begin, as far as the rate is concerned.
    package let opening: Moment

    package init(gate: DialGate, limit: GateLimit, live: Int, opening: Moment) {
        self.gate = gate
        self.limit = limit
        self.live = live
        self.opening = opening
    }

    /// As many are live as may be.
    package var isFull: Bool { limit.maxLive.map { live >= $0 } ?? false }

    /// When its rate lets somebody pass before whom so many go.
    package func lets(behind others: Int, at moment: Moment) -> Moment {
        guard let rate = limit.rate else { return moment }
        return max(moment, opening) + .milliseconds(Int64(others) * rate.interval / 1000)
    }
}
