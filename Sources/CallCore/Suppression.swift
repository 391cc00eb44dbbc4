/// A number that is never to be dialled, as the rule of a call to it sees it.
package struct Suppression: Sendable, Equatable {
    package let id: SuppressionID
    /// Whoever set it; the calls that it ends are cancelled by this key.
    package let key: KeyID

    package init(id: SuppressionID, key: KeyID) {
        self.id = id
        self.key = key
    }
}

/// What is in force and has a call in its scope: nothing of that call is dialled.
package enum Latch: Sendable, Equatable {
    /// The call is held until the stop is released.
    case stop(StopID)
    /// As `stop`, because the batch has spent its budget of the day; the call is not late by that.
    case budget(StopID, until: Moment?)
    /// The call is over as soon as it would be dialled.
    case suppression(Suppression)
}

extension Call {
    /// Ended, because its number is never to be dialled: whoever waited for a stop's release would wait for ever.
    func ended(by suppression: Suppression, attempt: Attempt?, at now: Moment) -> Decision {
        cancelled(
            Cancellation(
                organization: organization, key: suppression.key,
                reason: "the number is suppressed (\(suppression.id))",
                at: now), attempt: attempt)
    }
}
