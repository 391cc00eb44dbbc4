/// How often a call that came to nothing is dialled again, when, and after what.
package struct RetryPlan: Sendable, Equatable {
    package enum Times: Sendable, Equatable {
        /// So long after the end of the attempt before; the last one holds for all retries beyond the list.
        case after([Duration])
        /// At these moments; those that have passed when an attempt ends are left out.
        case at([Moment])
    }

    /// Attempts beyond the first one.
    package let maxRetries: Int
    package let times: Times
    package let onNoAnswer: Bool
    package let onBusy: Bool
    package let onFailed: Bool

    package static let retries = 0...10
    /// So many intervals or moments may be named.
    package static let mostTimes = 10
    package static let intervals: ClosedRange<Duration> = .seconds(60) ... .seconds(30 * 86_400)
    /// Where retries are asked for and nothing says when.
    package static let defaultInterval: Duration = .seconds(30 * 60)

    package init(
        maxRetries: Int, times: Times = .after([defaultInterval]), onNoAnswer: Bool = true, onBusy: Bool = true,
        onFailed: Bool = false
    ) {
        self.maxRetries = maxRetries
        self.times = times
        self.onNoAnswer = onNoAnswer
        self.onBusy = onBusy
        self.onFailed = onFailed
    }

    /// When the next attempt begins that follows one which ended at `end`, after so many retries; nil: there is none.
    package func next(after end: Moment, retries done: Int) -> Moment? {
        guard done < maxRetries else { return nil }
        switch times {
        case .after(let intervals):
            return end + (intervals.isEmpty ? Self.defaultInterval : intervals[min(done, intervals.count - 1)])
        case .at(let moments): return moments.filter { $0 > end }.min()
        }
    }

    /// Whether an attempt that ended so is followed by another one.
    package func covers(_ status: CallStatus, _ reason: FailureReason?) -> Bool {
        switch status {
        case .noAnswer: onNoAnswer
        case .busy: onBusy
        case .failed: onFailed && reason?.mayPass == true
        case .completed, .cancelled, .initiated, .connecting, .ringing, .active: false
        }
    }
}

extension FailureReason {
    /// Another attempt may do better, and nobody is rung who should not be.
    ///
    /// What has to do with agents, trunks and servers passes, and no phone rang for it. A number that is not there stays away, whoever
    /// declined has said no, and a call that was too late gets later. Where nobody knows what became of the phone (`lost`,
    /// `indeterminate`), somebody may have spoken, or it may ring still: that is never dialled again on a guess.
    package var mayPass: Bool {
        switch self {
        case .agentUnavailable, .trunkFailed, .internal: true
        case .declined, .invalidNumber, .lost, .indeterminate, .expired: false
        }
    }
}
