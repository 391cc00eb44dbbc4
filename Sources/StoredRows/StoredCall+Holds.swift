package import CallControl
package import CallCore

extension StoredCall {
    /// Stops are asked for it: what was sent goes on, or is hung up by a stop's drain, and its admission is no question any more.
    package var mindsStops: Bool {
        switch call.phase {
        case .waiting, .placing: true
        case .dialling, .ringing, .active, .ended: false
        }
    }

    /// Whether its admission or its dial hangs on a window that it has from its agent or its organization.
    package var mindsWiderWindows: Bool { mindsStops && !call.hasOwnWindow }

    /// Whether its admission or its dial hangs on the phones of attempts before.
    package var mindsPhones: Bool { mindsStops && call.hasDialledBefore }

    /// What else a rule must see of this call in the transaction.
    ///
    /// `latch` is the first one in force that has it in its scope; `isHangingUp`: `openHangUps` finds one.
    package func scene(
        latch: Latch?, isHangingUp: Bool, window: WiderWindow?, numberOpening: Moment? = nil,
        allowance: Allowance? = nil
    ) -> Scene {
        Scene(
            agentIsActive: !isHeld, latch: mindsStops ? latch : nil, isHangingUp: mindsPhones && isHangingUp,
            window: window, numberOpening: numberOpening, allowance: allowance)
    }

    /// The condition on terminations (`t`) and attempts (`a`) of a call that a phone of it is not verified to be silent.
    ///
    /// A room in which nothing was dialled has no phone.
    package static let openHangUps = "t.room = a.room AND t.state <> 'verified' AND a.dial <> 0"

    /// The row as it is meant to be.
    ///
    /// Where calls that were dialled are not marked when their agent is switched off, one that comes back for its next attempt is
    /// without its mark until somebody looks at the agent.
    package func held(byInactive agentIsInactive: Bool) -> StoredCall {
        guard agentIsInactive, !isHeld else { return self }
        return StoredCall(key: key, isHeld: true, isStopped: isStopped, events: events, call: call)
    }

    /// So many stops are named where many hold a call.
    package static let mostHolds = 100

    /// Its place in the queue is worth counting: nothing holds it, and it is due.
    package func isReady(at now: Moment, isStopped: Bool) -> Bool {
        call.phase == .waiting && !isHeld && !isStopped && call.dueAt <= now
    }

    /// Nobody scrolls a queue of thousands: the position is counted up to here.
    package static let furthestPosition = 1000

    /// Its place in the queue, nil unless it waits.
    ///
    /// `latches`: those in force that cover it; `window`: its agent's or its organization's. `ahead` is asked only for a call that could be
    /// dialled now: how many calls of its organization go first.
    package func queue(
        latches: @autoclosure () throws -> [Latch], window: WiderWindow?, at now: Moment, ahead: () throws -> Int
    ) rethrows -> CallRecord.Queue? {
        guard case .waiting = call.phase else { return nil }
        let latches = try latches()
        var holds = (isHeld ? [Hold.inactiveAgent(call.agent)] : []) + latches.holds
        if let keeper = call.keeper(at: now, under: window) { holds.append(.window(keeper)) }
        let next = call.nextAttempt(behind: latches, at: now, under: window)
        guard holds.isEmpty else {
            return CallRecord.Queue(state: .held, nextAttemptAt: next, position: nil, heldBy: holds)
        }
        guard call.dueAt <= now else {
            return CallRecord.Queue(
                state: call.isRetrying ? .retrying : .scheduled, nextAttemptAt: next, position: nil)
        }
        return CallRecord.Queue(
            state: call.isRetrying ? .retrying : .ready, nextAttemptAt: next,
            position: min(try ahead(), Self.furthestPosition) + 1)
    }
}

extension Call {
    /// As `nextAttempt(at:under:)`; a budget that is spent holds it until the day is over.
    fileprivate func nextAttempt(behind latches: [Latch], at now: Moment, under window: WiderWindow?) -> Moment {
        let end = latches.compactMap { if case .budget(_, let until) = $0 { until } else { nil } }.max()
        guard let end else { return nextAttempt(at: now, under: window) }
        return resumed(at: end).nextAttempt(at: max(end, now), under: window)
    }
}
