package import CallCore

/// What a decision came to, as it stands on the disk.
package struct Decided: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case moved, noted, stayed
        case refused(Refusal)
        /// The dial lease that the decision was conditional on is somebody else's now. Nothing was written.
        case leaseLost
    }

    package let call: Call
    package let verdict: Verdict
    /// Terminations that were claimed with the decision.
    package let terminations: [TerminationLease]

    package init(call: Call, verdict: Verdict, terminations: [TerminationLease] = []) {
        self.call = call
        self.verdict = verdict
        self.terminations = terminations
    }
}

/// One due call after its admission: with a dial leased, or ended because it was too late.
package struct Admitted: Sendable, Equatable {
    package let call: Call
    package let dial: DialLease?

    package init(call: Call, dial: DialLease?) {
        self.call = call
        self.dial = dial
    }
}

/// A call with an attempt under way.
package struct OpenCall: Sendable, Equatable {
    package let id: CallID
    package let status: CallStatus
    package let attempt: Attempt
    /// Somebody holds the dial of this attempt, or will lease it: its outcome comes from there.
    package let dialIsOpen: Bool
    package let expectsAgent: Bool

    package init(id: CallID, status: CallStatus, attempt: Attempt, dialIsOpen: Bool, expectsAgent: Bool) {
        self.id = id
        self.status = status
        self.attempt = attempt
        self.dialIsOpen = dialIsOpen
        self.expectsAgent = expectsAgent
    }
}

/// When a dispatcher must wake up next, for each kind of work; nil where none waits.
package struct Wakes: Sendable, Equatable {
    /// The soonest due time of a waiting call that is not held.
    package let call: Moment?
    package let dial: Moment?
    package let termination: Moment?
    /// Since when the agent that left an active call first has been away.
    package let agentAwaySince: Moment?

    package init(call: Moment?, dial: Moment?, termination: Moment?, agentAwaySince: Moment?) {
        self.call = call
        self.dial = dial
        self.termination = termination
        self.agentAwaySince = agentAwaySince
    }
}

/// This database as one installation: its rooms carry the id, and it remembers whose LiveKit they are on.
package struct Installation: Sendable, Equatable {
    package let id: String
    package let livekitAddress: String?
    /// Calls with an attempt under way and terminations that are not verified.
    package let openWork: Int

    package init(id: String, livekitAddress: String?, openWork: Int) {
        self.id = id
        self.livekitAddress = livekitAddress
        self.openWork = openWork
    }
}

/// How much is under way at a moment.
package struct Workload: Sendable, Equatable {
    /// Calls that are connecting, ringing or active.
    package let live: Int
    /// Terminations that are not verified, in all, and those of them that have been so for longer than they may.
    package let terminations: Int
    package let stuck: Int

    package init(live: Int, terminations: Int, stuck: Int) {
        self.live = live
        self.terminations = terminations
        self.stuck = stuck
    }
}
