// The part of a call's life that lies between two attempts.
extension Call {
    /// Attempts that are over and count: not those that were withdrawn before anything was dialled.
    var countedAttempts: [Attempt] { pastAttempts.filter { $0.status != .cancelled } }

    /// It waits, and at least one attempt was made in vain.
    package var isRetrying: Bool { phase == .waiting && !countedAttempts.isEmpty }

    /// The time that lateness counts from: its schedule, what its plan says of the retry that is next, or the opening of a window.
    ///
    /// `dueAt` may be later, where the phone before had to be waited for.
    package var expectedAt: Moment { dueBefore ?? dueAt }

    /// Some attempt before may have reached a phone: it must be verified to be silent before the next one is dialled.
    package var hasDialledBefore: Bool { pastAttempts.contains { $0.dial.sentAt != nil } }

    /// When this attempt, which is over, is to be followed by another one; nil: never.
    func retry(after past: Attempt, at now: Moment) -> Moment? {
        guard let retries, retries.covers(past.status, past.failureReason) else { return nil }
        // Whoever may have spoken is not called again, and no dial leaves while another one may still bring a phone.
        guard past.answeredAt == nil, past.departure?.wasAnswered != true, past.dial.inFlightUntil == nil else {
            return nil
        }
        // The dial of a room that was deleted returns as if nobody had answered: somebody wanted its end.
        if let departure = past.departure, departure.isByOthers { return nil }
        // A wider window is looked at when it is due: it may be another one by then.
        return retries.next(after: now, retries: countedAttempts.count).flatMap { windows.nextOpening(from: $0) }
    }

    /// The phone of an attempt before is not verified to be silent, or its batch has no budget left: it is asked again after a while.
    func putOff(at now: Moment) -> Call {
        var call = with(phase: phase, at: now)
        call.dueBefore = dueBefore ?? dueAt
        call.dueAt = now + Self.silenceIsAwaitedFor
        return call
    }

    /// A healthy hang-up is verified within a second; where it is not, LiveKit is away, and this keeps the queue quiet.
    static let silenceIsAwaitedFor: Duration = .seconds(10)
}
