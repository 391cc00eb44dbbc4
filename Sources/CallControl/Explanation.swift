package import CallCore

/// The limits that the dispatcher keeps to, as far as they concern one call.
package struct DialLimits: Sendable, Equatable {
    /// Calls with an attempt under way.
    package var maxLive: Int
    /// New attempts in any second.
    package var dialsPerSecond: Double
    /// A call later than this is not dialled any more.
    package var maxLateness: Duration

    package init(maxLive: Int = 500, dialsPerSecond: Double = 20, maxLateness: Duration = .seconds(900)) {
        self.maxLive = maxLive
        self.dialsPerSecond = dialsPerSecond
        self.maxLateness = maxLateness
    }

    /// No window of this length may begin more than so many attempts.
    ///
    /// A rate below one is one start in a longer window; a broken one above it is rounded down, never up: carriers reject the surplus.
    package var starts: (count: Int, window: Duration) {
        let window: Duration =
            dialsPerSecond >= 1 ? .seconds(1) : .milliseconds(Int64((1000 / max(dialsPerSecond, 0.001)).rounded(.up)))
        return (max(1, Int(dialsPerSecond)), window)
    }
}

/// Why a call is not dialled yet, or what it waits for.
package struct Explanation: Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        case hold(Hold)
        /// Its time has not come.
        case schedule(Moment)
        /// The phone of the attempt before is not verified to be silent.
        case hangUp
        /// As many calls are live as may be.
        case limit
        /// Others go first, and no more may start in a second.
        case rate
    }

    package let record: CallRecord
    package let causes: [Cause]
    /// When it will be dialled if nothing else changes; nil where that hangs on somebody's decision or on the end of a call.
    package let estimatedDialAt: Moment?
    package let limits: DialLimits
    /// Calls with an attempt under way now.
    package let live: Int
    /// It will not be dialled: it is later than it may be.
    package let isTooLate: Bool
}

extension Calls {
    /// What holds a call, and when it will be dialled.
    package func explain(_ id: CallID, by caller: Caller) async throws(ControlError) -> Explanation {
        let record = try await get(id, by: caller)
        let now = clock.now
        let live: Int
        do {
            live = try await store.liveCalls()
        } catch {
            throw ControlError(error)
        }
        let limits = policy.limits
        guard let queue = record.queue else {
            return Explanation(
                record: record, causes: [], estimatedDialAt: nil, limits: limits, live: live, isTooLate: false)
        }
        var causes = queue.heldBy.map(Explanation.Cause.hold)
        if queue.nextAttemptAt > now { causes.append(.schedule(queue.nextAttemptAt)) }
        if record.call.hasDialledBefore, let termination = record.termination, termination.state != .verified {
            causes.append(.hangUp)
        }
        let ahead = (queue.position ?? 1) - 1
        if queue.position != nil {
            if live >= limits.maxLive { causes.append(.limit) }
            if Double(ahead) >= limits.dialsPerSecond { causes.append(.rate) }
        }
        var estimate: Moment?
        if queue.heldBy.allSatisfy({ $0 == .window }), !causes.contains(.limit), !causes.contains(.hangUp) {
            let wait = Duration.milliseconds(Int64(Double(ahead) / max(limits.dialsPerSecond, 0.001) * 1000))
            estimate = max(queue.nextAttemptAt, now) + wait
        }
        return Explanation(
            record: record, causes: causes, estimatedDialAt: estimate, limits: limits, live: live,
            isTooLate: now.since(record.call.expectedAt) > limits.maxLateness)
    }
}
