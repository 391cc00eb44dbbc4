package import CallCore

/// Carries out terminations that were just claimed.
///
/// `Dispatch` has one; a request hands its own termination over and waits a little.
package protocol Terminator: Sendable {
    /// Returns when the room was deleted or found absent (`untilVerified`: when LiveKit shows that all is gone), or at `limit`, whichever is first.
    /// What was not reached goes on in the background.
    func terminate(_ lease: TerminationLease, untilVerified: Bool, limit: Moment) async -> TerminationProgress
    /// Hangs up where no order could be written: the store is full or away, and a phone rings all the same.
    ///
    /// `attempt` is as the store last knew it. Its dial is not sent any more, or is waited for, as with every hang-up. One try: nothing
    /// remembers it.
    func hangUpUnrecorded(_ attempt: Attempt, of call: CallID, limit: Moment) async -> TerminationProgress
}

/// How far a termination came while somebody waited for it.
package enum TerminationProgress: Sendable, Equatable {
    /// Not yet: the dial is in flight, or LiveKit does not answer.
    case pending
    case deleted
    case verified
}
