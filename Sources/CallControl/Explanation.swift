package import CallCore

/// Why a call is not dialled yet, or what it waits for.
package struct Explanation: Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        case hold(Hold)
        /// Its time has not come.
        case schedule(Moment)
        /// The phone of the attempt before is not verified to be silent.
        case hangUp
        /// As many calls are live behind a gate as may be.
        case limit(GateLoad)
        /// No more may start in a second there, and others go first or went just now.
        case rate(GateLoad)
    }

    package let record: CallRecord
    package let causes: [Cause]
    /// When it will be dialled if nothing else changes; nil where that hangs on somebody's decision or on the end of a call.
    package let estimatedDialAt: Moment?
    /// All that is limited on its way to the phone, the server itself first.
    package let gates: [GateLoad]
    /// It will not be dialled: it is later than it may be.
    package let isTooLate: Bool
}

extension Calls {
    /// What holds a call, and when it will be dialled.
    package func explain(_ id: CallID, by caller: Caller) async throws(ControlError) -> Explanation {
        let found = try await get(id, by: caller)
        let now = clock.now
        let sight = try await limits(on: found, at: now)
        let gates = sight.gates
        let record = found.limited(by: sight, at: now)
        guard let queue = record.queue else {
            return Explanation(record: record, causes: [], estimatedDialAt: nil, gates: gates, isTooLate: false)
        }
        var causes = queue.heldBy.filter { !$0.isGate }.map(Explanation.Cause.hold)
        if queue.nextAttemptAt > now { causes.append(.schedule(queue.nextAttemptAt)) }
        if record.call.hasDialledBefore, let termination = record.termination, termination.state != .verified {
            causes.append(.hangUp)
        }
        let ahead = (queue.position ?? 1) - 1
        let isFull = gates.contains(where: \.isFull)
        if queue.position != nil {
            causes += gates.filter(\.isFull).map(Explanation.Cause.limit)
            causes += gates.filter { $0.lets(behind: ahead, at: now) > now }.map(Explanation.Cause.rate)
        }
        var estimate: Moment?
        let waitsOnly = queue.heldBy.allSatisfy(\.endsByItself)
        if waitsOnly, !isFull, !causes.contains(.hangUp) {
            let due = max(queue.nextAttemptAt, now)
            let free = sight.opening(at: due).map {
                record.call.windows(under: record.window).nextOpening(from: $0) ?? $0
            }
            estimate = gates.map { $0.lets(behind: ahead, at: max(due, free ?? due)) }.reduce(free ?? due, max)
        }
        return Explanation(
            record: record, causes: causes, estimatedDialAt: estimate, gates: gates,
            isTooLate: now.since(record.expectedAt) > policy.limits.maxLateness)
    }
}

extension Hold {
    /// Its end is known, if nobody does anything.
    fileprivate var endsByItself: Bool {
        switch self {
        case .window, .number, .gate, .budget(_, until: _?): true
        case .inactiveAgent, .stop, .suppression, .budget: false
        }
    }

    /// Gates are told with how full they are.
    fileprivate var isGate: Bool { if case .gate = self { true } else { false } }
}

extension CallRecord {
    /// The time that lateness counts from.
    fileprivate var expectedAt: Moment {
        let ends = (queue?.heldBy ?? []).compactMap { if case .budget(_, let until) = $0 { until } else { nil } }
        return call.timed(under: window).resumed(at: (ends + [resumedAt].compactMap(\.self)).max()).expectedAt
    }
}
