package import CallCore

/// A dial that its holder alone may carry out while the lease lasts.
///
/// `fence` grows with every holder.
package struct DialLease: Sendable, Equatable {
    package let room: RoomName
    package let fence: Int64
    package let call: Call
    package let agent: Agent

    package init(room: RoomName, fence: Int64, call: Call, agent: Agent) {
        self.room = room
        self.fence = fence
        self.call = call
        self.agent = agent
    }
}

/// The proof that a decision is made by the holder of a dial's lease.
package struct DialProof: Sendable, Equatable {
    package let room: RoomName
    package let fence: Int64
    /// The decision ends the dial: its row goes in the same transaction.
    package let closing: Bool

    package init(_ lease: DialLease, closing: Bool = false) {
        room = lease.room
        fence = lease.fence
        self.closing = closing
    }
}

/// A termination that its holder alone carries out while the lease lasts.
package struct TerminationLease: Sendable, Equatable {
    package let room: RoomName
    /// Nil for a room of this installation that belongs to no call it knows.
    package let call: CallID?
    /// Where the attempt's dial was when this was leased: a hang-up must wait for one that is in flight.
    ///
    /// `returned` also where the phone was seen in the room: no join is left to wait for.
    package let dial: Dial
    package let requestedAt: Moment
    /// How often it was tried before.
    package let tries: Int
    package let fence: Int64
    /// Grows with every sign of life; a verification counts only for the one it was begun for.
    package let armed: Int64
    /// The call was cancelled: from `requestedAt` on, somebody waits for silence.
    package let isForCancel: Bool
    /// Busy, declined, over: the phone had ended it, and only its room is left.
    package let isPhoneDown: Bool

    package init(
        room: RoomName, call: CallID?, dial: Dial, requestedAt: Moment, tries: Int, fence: Int64, armed: Int64,
        isForCancel: Bool = false, isPhoneDown: Bool = false
    ) {
        self.room = room
        self.call = call
        self.dial = dial
        self.requestedAt = requestedAt
        self.tries = tries
        self.fence = fence
        self.armed = armed
        self.isForCancel = isForCancel
        self.isPhoneDown = isPhoneDown
    }
}

/// How a try to terminate went.
package enum TerminationSettlement: Sendable, Equatable {
    /// LiveKit shows neither the room nor the phone, and no dial is in flight.
    case verified
    /// To be tried again at `at`; `error` is shown on the call.
    case again(at: Moment, error: String?)
}

/// The state of a termination as a client sees it.
package struct Termination: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable { case pending, verified, stuck }

    /// After this long without success the call says `stuck`; the tries go on.
    package static let stuckAfter: Duration = .seconds(60)

    package let state: State
    package let requestedAt: Moment
    package let verifiedAt: Moment?
    package let attempts: Int
    package let lastError: String?

    package init(state: State, requestedAt: Moment, verifiedAt: Moment?, attempts: Int, lastError: String?) {
        self.state = state
        self.requestedAt = requestedAt
        self.verifiedAt = verifiedAt
        self.attempts = attempts
        self.lastError = lastError
    }
}
