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

    /// What else a rule must see of this call in the transaction; `stop` is the oldest one in force that has it in its scope.
    package func scene(stop: StopID?) -> Scene {
        Scene(agentIsActive: !isHeld, stop: mindsStops ? stop : nil)
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
    /// `stops`: those in force that cover it. `ahead` is asked only for a call that could be dialled now: how many calls of its
    /// organization go first.
    package func queue(
        stops: @autoclosure () throws -> [StopID], at now: Moment, ahead: () throws -> Int
    ) rethrows -> CallRecord.Queue? {
        guard case .waiting = call.phase else { return nil }
        let holds = (isHeld ? [Hold.inactiveAgent(call.agent)] : []) + (try stops()).map(Hold.stop)
        guard holds.isEmpty else {
            return CallRecord.Queue(state: .held, nextAttemptAt: call.dueAt, position: nil, heldBy: holds)
        }
        guard call.dueAt <= now else {
            return CallRecord.Queue(state: .scheduled, nextAttemptAt: call.dueAt, position: nil)
        }
        return CallRecord.Queue(
            state: .ready, nextAttemptAt: call.dueAt, position: min(try ahead(), Self.furthestPosition) + 1)
    }
}
