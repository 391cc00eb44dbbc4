// The steps that the rule in Call+Receiving.swift takes, each a value made from the one before.
extension Call {
    func with(phase: Phase, at now: Moment) -> Call {
        var call = self
        call.phase = phase
        call.updatedAt = now
        return call
    }

    /// The same phase with a newer attempt in it.
    func with(_ attempt: Attempt, at now: Moment) -> Call {
        switch phase {
        case .waiting, .ended: self
        case .placing: with(phase: .placing(attempt), at: now)
        case .dialling: with(phase: .dialling(attempt), at: now)
        case .ringing: with(phase: .ringing(attempt), at: now)
        case .active: with(phase: .active(attempt), at: now)
        }
    }

    func learning(_ ids: LiveKitIDs, in attempt: Attempt, at now: Moment) -> Decision {
        let merged = attempt.livekit.merging(ids)
        guard merged != attempt.livekit else { return .stay }
        var attempt = attempt
        attempt.livekit = merged
        return .note(with(attempt, at: now))
    }

    func notingAgent(_ event: CallEvent, _ attempt: Attempt, at now: Moment) -> Decision {
        var attempt = attempt
        if event == .agentLeft {
            guard attempt.agentGoneSince == nil else { return .stay }
            attempt.agentGoneSince = now
        } else {
            guard attempt.agentGoneSince != nil else { return .stay }
            attempt.agentGoneSince = nil
        }
        return .note(with(attempt, at: now))
    }

    func cancelled(_ cancellation: Cancellation, attempt: Attempt?) -> Decision {
        var call = ended(.cancelled, nil, attempt: attempt, at: cancellation.at)
        call.cancelledBy = cancellation
        return .move(call, effects: attempt.map { [.hangUp($0.room)] } ?? [])
    }

    /// The agent was switched off, a stop came, a window closed, or an earlier phone stirred, before the dial left: back to
    /// waiting, with nothing dialled.
    func withdrawn(_ attempt: Attempt, in scene: Scene, at now: Moment) -> Decision {
        var call = with(phase: .waiting, at: now)
        if scene.isHangingUp { call = call.putOff(at: now) }
        if !isOpen(at: now, under: scene.window) { call = call.awaitingWindow(at: now, under: scene.window) }
        call.pastAttempts.append(attempt.over(as: .cancelled, nil, at: now))
        return .move(call, effects: [.hangUp(attempt.room)])
    }

    func over(_ failure: DialFailure, _ attempt: Attempt, at now: Moment) -> Decision {
        var attempt = attempt
        attempt.sipStatusCode = failure.sipStatusCode
        return over(failure.status, failure.reason, attempt, at: now, isCertain: !failure.isLast)
    }

    func over(_ departure: Departure, _ attempt: Attempt, at now: Moment) -> Decision {
        let (status, reason) = departure.ending
        return over(status, reason, attempt, at: now, isCertain: departure.isCertain)
    }

    /// An attempt is over, and its room and phone must go: the call ends with it, or waits for its next one.
    ///
    /// `isCertain`: nobody can have spoken.
    func over(
        _ status: CallStatus, _ reason: FailureReason?, _ attempt: Attempt, at now: Moment, isCertain: Bool = true
    ) -> Decision {
        let past = attempt.over(as: status, reason, at: now)
        guard isCertain, let next = retry(after: past, at: now) else {
            return .move(ended(status, reason, attempt: attempt, at: now), effects: [.hangUp(attempt.room)])
        }
        var call = with(phase: .waiting, at: now)
        call.pastAttempts.append(past)
        call.dueAt = next
        call.dueBefore = nil
        return .move(call, effects: [.hangUp(attempt.room)])
    }

    func ended(_ status: CallStatus, _ reason: FailureReason?, attempt: Attempt?, at now: Moment) -> Call {
        var call = with(phase: .ended(Ending(status: status, at: now, failureReason: reason)), at: now)
        if let attempt { call.pastAttempts.append(attempt.over(as: status, reason, at: now)) }
        return call
    }

    func returned(_ past: Attempt, at now: Moment) -> Call {
        withPast(past, at: now) { $0.dial = $0.dial.afterReturn }
    }

    func withPast(_ past: Attempt, at now: Moment, _ change: (inout Attempt) -> Void) -> Call {
        var call = self
        guard let index = pastAttempts.lastIndex(where: { $0.room == past.room }) else { return self }
        change(&call.pastAttempts[index])
        call.updatedAt = now
        return call
    }
}

extension Attempt {
    fileprivate func over(as status: CallStatus, _ reason: FailureReason?, at now: Moment) -> Attempt {
        var attempt = self
        attempt.status = status
        attempt.failureReason = reason
        attempt.endedAt = now
        attempt.agentGoneSince = nil
        return attempt
    }
}
