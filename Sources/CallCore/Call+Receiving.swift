extension Call {
    /// For how long a voice agent may be away from an active call before the call is ended.
    package static let agentAbsenceAllowed: Duration = .seconds(10)

    /// The rule: what becomes of this call when `event` happens at `now`.
    ///
    /// Pure, so that it can run inside a transaction, and twice. Every pair of phase and event has an answer, and whatever a
    /// network can send late, twice or out of order is `stay` or `hangUp` again, never a trap. `room` names the attempt that the
    /// event speaks of (nil: the call as a whole); news of a past attempt are judged as those of a finished call.
    package func receiving(_ event: CallEvent, about room: RoomName? = nil, in scene: Scene, at now: Moment) -> Decision
    {
        if case .cancel(let cancellation) = event, cancellation.organization != organization {
            return .refuse(.belongsToAnotherOrganization)
        }
        if let room, let past = pastAttempts.last(where: { $0.room == room }) {
            return receivingAfterEnd(event, of: past, at: now)
        }
        if let room, let current = phase.attempt, current.room != room { return .stay }
        switch phase {
        case .waiting: return receivingWaiting(event, in: scene, at: now)
        case .placing(let attempt): return receiving(event, placing: attempt, in: scene, at: now)
        case .dialling(let attempt), .ringing(let attempt): return receiving(event, dialled: attempt, at: now)
        case .active(let attempt): return receiving(event, active: attempt, at: now)
        case .ended(let ending): return receiving(event, ended: ending)
        }
    }

    private func receivingWaiting(_ event: CallEvent, in scene: Scene, at now: Moment) -> Decision {
        switch event {
        case .cancel(let cancellation): return cancelled(cancellation, attempt: nil)
        case .lineFree(let room):
            if let suppression = scene.suppression { return ended(by: suppression, attempt: nil, at: now) }
            guard scene.admitsDials else { return .stay }
            guard isOpen(at: now, under: scene.window) else {
                return .note(awaitingWindow(at: now, under: scene.window))
            }
            guard !scene.isHangingUp, scene.allowance?.isLeft != false else { return .note(putOff(at: now)) }
            if let opening = scene.numberOpening {
                return .note(awaitingNumber(until: opening, at: now, under: scene.window))
            }
            let attempt = Attempt(number: pastAttempts.count + 1, room: room, startedAt: now)
            return .move(with(phase: .placing(attempt), at: now), effects: [.dial(room)])
        case .overdue:
            return .move(ended(.failed, .expired, attempt: nil, at: now), effects: [])
        case .agentUnavailable, .sendDial, .unsent, .joined, .ringing, .answered, .failed, .dialLost, .deadlinePassed,
            .left, .agentLeft, .agentPresent, .agentGone:
            return .stay
        }
    }

    private func receiving(_ event: CallEvent, placing attempt: Attempt, in scene: Scene, at now: Moment) -> Decision {
        switch event {
        case .cancel(let cancellation): return cancelled(cancellation, attempt: attempt)
        case .sendDial(let deadline, let ids):
            var attempt = attempt
            attempt.livekit = attempt.livekit.merging(ids)
            if let suppression = scene.suppression { return ended(by: suppression, attempt: attempt, at: now) }
            guard scene.admitsDials, !scene.isHangingUp, isOpen(at: now, under: scene.window) else {
                return withdrawn(attempt, in: scene, at: now)
            }
            attempt.dial = .out(sent: now, deadline: deadline)
            return .move(with(phase: .dialling(attempt), at: now), effects: [])
        case .overdue: return over(.failed, .expired, attempt, at: now)
        case .agentUnavailable: return over(.failed, .agentUnavailable, attempt, at: now)
        case .failed(let failure): return over(failure, attempt, at: now)
        case .lineFree, .unsent, .joined, .ringing, .answered, .dialLost, .deadlinePassed, .left, .agentLeft,
            .agentPresent, .agentGone:
            return .stay
        }
    }

    private func receiving(_ event: CallEvent, dialled attempt: Attempt, at now: Moment) -> Decision {
        var attempt = attempt
        switch event {
        case .cancel(let cancellation): return cancelled(cancellation, attempt: attempt)
        case .sendDial: return .refuse(.alreadySent)
        case .unsent:
            // A phone that was heard of was dialled, whatever is said.
            guard case .dialling = phase, case .out = attempt.dial, attempt.livekit.participant == nil,
                attempt.departure == nil
            else { return .stay }
            attempt.dial = .planned
            return .move(with(phase: .placing(attempt), at: now), effects: [])
        case .joined(let ids):
            return learning(ids, in: attempt, at: now)
        case .ringing:
            guard case .dialling = phase else { return .stay }
            attempt.status = .ringing
            attempt.ringingAt = now
            return .move(with(phase: .ringing(attempt), at: now), effects: [])
        case .answered(let ids, let dialReturned):
            attempt.livekit = attempt.livekit.merging(ids)
            attempt.status = .active
            attempt.answeredAt = now
            if dialReturned {
                attempt.dial = attempt.dial.afterReturn
                // The phone was seen leaving before this answer came back: there is nobody on the line any more.
                if attempt.departure != nil { return over(.completed, nil, attempt, at: now) }
            }
            return .move(with(phase: .active(attempt), at: now), effects: [])
        case .failed(let failure):
            attempt.dial = attempt.dial.afterReturn
            return over(failure, attempt, at: now)
        case .dialLost:
            guard case .out(let sent, let deadline) = attempt.dial else { return .stay }
            attempt.dial = .lost(sent: sent, deadline: deadline)
            if let departure = attempt.departure { return over(departure, attempt, at: now) }
            return .note(with(attempt, at: now))
        case .deadlinePassed:
            guard let deadline = attempt.dial.inFlightUntil, now >= deadline else { return .stay }
            attempt.dial = attempt.dial.afterReturn
            return over(.failed, .indeterminate, attempt, at: now)
        case .left(let departure):
            // LiveKit tells of the departure before the dial returns; the return knows the SIP answer, so it decides.
            if case .out = attempt.dial {
                guard attempt.departure == nil else { return .stay }
                attempt.departure = departure
                return .note(with(attempt, at: now))
            }
            attempt.dial = attempt.dial.afterReturn
            return over(departure, attempt, at: now)
        case .agentLeft, .agentPresent: return notingAgent(event, attempt, at: now)
        case .lineFree, .overdue, .agentUnavailable, .agentGone: return .stay
        }
    }

    private func receiving(_ event: CallEvent, active attempt: Attempt, at now: Moment) -> Decision {
        var attempt = attempt
        switch event {
        case .cancel(let cancellation): return cancelled(cancellation, attempt: attempt)
        case .sendDial: return .refuse(.alreadySent)
        case .joined(let ids): return learning(ids, in: attempt, at: now)
        case .answered(let ids, let dialReturned):
            guard dialReturned, attempt.dial.inFlightUntil != nil else { return learning(ids, in: attempt, at: now) }
            attempt.dial = attempt.dial.afterReturn
            attempt.livekit = attempt.livekit.merging(ids)
            return .note(with(attempt, at: now))
        case .failed:
            // A poll had seen the answer before the dial returned an end: they spoke, however short.
            attempt.dial = attempt.dial.afterReturn
            return over(.completed, nil, attempt, at: now)
        case .dialLost:
            guard case .out(let sent, let deadline) = attempt.dial else { return .stay }
            attempt.dial = .lost(sent: sent, deadline: deadline)
            return .note(with(attempt, at: now))
        case .left:
            attempt.dial = attempt.dial.afterReturn
            return over(.completed, nil, attempt, at: now)
        case .agentLeft, .agentPresent: return notingAgent(event, attempt, at: now)
        case .agentGone:
            guard let since = attempt.agentGoneSince, now.since(since) >= Self.agentAbsenceAllowed else { return .stay }
            var call = ended(.completed, nil, attempt: attempt, at: now)
            call.outcome = call.outcome ?? "agent_left"
            return .move(call, effects: [.hangUp(attempt.room)])
        case .lineFree, .overdue, .agentUnavailable, .unsent, .ringing, .deadlinePassed: return .stay
        }
    }

    private func receiving(_ event: CallEvent, ended ending: Ending) -> Decision {
        switch event {
        case .cancel: .refuse(.alreadyOver(ending.status))
        case .lineFree, .overdue, .agentUnavailable, .sendDial, .unsent, .joined, .ringing, .answered, .failed,
            .dialLost, .deadlinePassed, .left, .agentLeft, .agentPresent, .agentGone:
            .stay
        }
    }

    /// News of an attempt that is over: a sign of life is an order to hang up again, a returned dial is noted for whoever waits.
    private func receivingAfterEnd(_ event: CallEvent, of past: Attempt, at now: Moment) -> Decision {
        switch event {
        case .cancel(let cancellation): return receiving(.cancel(cancellation), in: Scene(agentIsActive: true), at: now)
        case .sendDial, .joined, .ringing: return .move(self, effects: [.hangUp(past.room)])
        case .answered(_, let dialReturned):
            return .move(dialReturned ? returned(past, at: now) : self, effects: [.hangUp(past.room)])
        case .failed, .unsent:
            guard past.dial.inFlightUntil != nil else { return .stay }
            return .note(returned(past, at: now))
        case .dialLost:
            guard case .out(let sent, let deadline) = past.dial else { return .stay }
            return .note(withPast(past, at: now) { $0.dial = .lost(sent: sent, deadline: deadline) })
        case .lineFree, .overdue, .agentUnavailable, .deadlinePassed, .left, .agentLeft, .agentPresent, .agentGone:
            return .stay
        }
    }
}
