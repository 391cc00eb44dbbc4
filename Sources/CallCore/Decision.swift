/// The answer of a rule: what the call is now, and what must be done about it.
package enum Decision: Sendable, Equatable {
    /// The call changed its phase, or something must be done again: write it with its effects.
    case move(Call, effects: [Effect])
    /// A fact was learnt; the phase is the same.
    case note(Call)
    /// Nothing new: late, repeated or meant for somebody else.
    case stay
    /// The request cannot be granted; nothing is written.
    case refuse(Refusal)
}

/// What must be done outside.
///
/// Effects are rows, written with the decision and carried out later, by whoever leases them.
package enum Effect: Sendable, Equatable {
    /// Prepare this room and dial once.
    case dial(RoomName)
    /// Make sure that no phone and no room of this name is up. One row per room: asking again re-arms it.
    case hangUp(RoomName)
}

/// Why a request was refused.
package enum Refusal: Error, Sendable, Equatable {
    case belongsToAnotherOrganization
    /// Only calls that are not over can be cancelled, and only waiting ones changed.
    case alreadyOver(CallStatus)
    /// This attempt was sent before: a dial leaves at most once.
    case alreadySent
    /// When the next attempt begins is the plan's to say.
    case isRetrying
}

/// What else a rule must see in the transaction besides the call.
package struct Scene: Sendable, Equatable {
    /// An inactive agent's calls are held; what was sent already goes on.
    package let agentIsActive: Bool
    /// A stop or a suppression in force that has this call in its scope: nothing of it is dialled.
    package let latch: Latch?
    /// The phone of an attempt before is not verified to be silent: the call is not dialled again beside it.
    package let isHangingUp: Bool
    /// The agent's or the organization's, for a call that names none itself.
    package let window: WiderWindow?
    /// When its number may be dialled again, where it was dialled as often as it may be; nil: now.
    package let numberOpening: Moment?
    /// Of a call that is about to be begun, and whose batch has a budget.
    package let allowance: Allowance?

    package init(
        agentIsActive: Bool, latch: Latch? = nil, isHangingUp: Bool = false, window: WiderWindow? = nil,
        numberOpening: Moment? = nil, allowance: Allowance? = nil
    ) {
        self.agentIsActive = agentIsActive
        self.latch = latch
        self.isHangingUp = isHangingUp
        self.window = window
        self.numberOpening = numberOpening
        self.allowance = allowance
    }

    /// Whether nobody has forbidden that a dial leaves now.
    package var admitsDials: Bool { agentIsActive && latch == nil }

    /// The call's number is never to be dialled.
    var suppression: Suppression? { if case .suppression(let suppression)? = latch { suppression } else { nil } }
}
