/// How LiveKit ends a phone call, and what the phone makes of it.
extension Network {
    /// The participant of this leg was taken out of its room by DeleteRoom, RemoveParticipant or a namesake.
    mutating func thrownOut(_ id: Int) {
        guard let leg = legs[id], !leg.isGivenUp else { return }
        legs.update(id) { $0.isGivenUp = true }
        switch leg.stage {
        case .accepted, .over: break
        // No INVITE leaves any more, and it takes the dial five seconds to find out.
        case .joined:
            legs.update(id) { $0.stage = .over }
            schedule(.reply(id, .refused(.joinLost)), at: max(now, leg.acceptedAt + 5_000))
        case .invited, .ringing:
            schedule(.hangUp(id), at: now + 5)
            schedule(.replyAfterCancel(id), at: now + 25)
        case .talking: schedule(.hangUp(id), at: now + 7)
        }
    }

    /// LiveKit's CANCEL or BYE arrives.
    mutating func hangUp(_ id: Int) {
        guard let leg = legs[id] else { return }
        switch leg.stage {
        case .accepted, .joined, .over: break
        case .talking:
            legs.update(id) { leg in
                leg.stage = .over
                leg.byeAt = now
            }
        case .invited, .ringing:
            switch leg.script.onCancel {
            case .hearsNothing: break
            case .obeys:
                legs.update(id) { leg in
                    leg.stage = .over
                    leg.cancelAt = now
                }
            case .answersAtThatMoment:
                legs.update(id) { leg in
                    leg.stage = .talking
                    leg.cancelAt = now
                    leg.answeredAt = now
                }
                schedule(.hangUp(id), at: now + 4)
            }
        }
    }

    /// A dial whose call was thrown out returns.
    ///
    /// One that was answered meanwhile says so, or does not: both were seen.
    mutating func replyAfterCancel(_ id: Int) {
        guard let leg = legs[id], leg.owesReply else { return }
        let answered = leg.answeredAt != nil && chance.next() % 2 == 0
        answer(id, answered ? placed(leg) : .refused(.unanswered))
    }

    mutating func ringingTimeout(_ id: Int) {
        guard let leg = legs[id], leg.stage == .invited || leg.stage == .ringing, !leg.isGivenUp else { return }
        giveUp(leg)
        schedule(.reply(id, .refused(.unanswered)), at: now + 10)
    }

    /// The server's patience with the dial is over; a call that was answered or placed before is not touched.
    mutating func dialDeadline(_ id: Int) {
        guard let leg = legs[id], leg.owesReply, leg.stage != .talking, !leg.isGivenUp else { return }
        giveUp(leg)
        answer(id, .refused(.tooLate))
    }

    mutating func maxCallDuration(_ id: Int) {
        guard let leg = legs[id], !leg.isGivenUp else { return }
        if leg.stage == .talking { return sayBye(leg) }
        giveUp(leg)
        schedule(.reply(id, .refused(.unanswered)), at: now + 10)
    }

    /// Stops a call that nobody has answered: its CANCEL goes out at this moment, before an INVITE none is needed.
    private mutating func giveUp(_ leg: Leg) {
        legs.update(leg.id) { $0.isGivenUp = true }
        if leg.stage == .accepted || leg.stage == .joined {
            legs.update(leg.id) { $0.stage = .over }
        } else {
            hangUp(leg.id)
        }
        schedule(.leave(leg.id, .userUnavailable), at: now + 2)
    }
}
