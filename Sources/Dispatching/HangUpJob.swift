import CallControl
import CallCore
import Logging

/// One leased termination: waits while the dial is in flight, deletes the room once, and looks whether phone and room are gone.
///
/// An early DeleteRoom is worse than a late one: sent before the phone's join it stops nothing, and the room comes back with a phone
/// that can be answered (measured: 40 of 40). So the wait comes first, always.
struct HangUpJob: Sendable {
    let workshop: Workshop
    let lease: TerminationLease
    let log: Logger

    func run() async {
        workshop.held.hold(lease)
        let settlement = await work()
        do {
            let now = workshop.clock.now
            let settled = try await workshop.store.settle(settlement, of: lease, at: now)
            if settled, settlement == .verified {
                if lease.isForCancel {
                    workshop.metrics.silent(after: now.since(lease.requestedAt))
                }
                workshop.progress.post(.verified, of: lease.room)
            }
        } catch {
            log.warning("a termination is left to its lease: the store is away", metadata: ["why": "\(error)"])
        }
        // Released before the bell: the ticker counts what is held.
        workshop.held.release(lease)
        workshop.bell.ring()
    }

    private func work() async -> TerminationSettlement {
        guard await dialHasLanded() else { return .again(at: workshop.clock.now, error: nil) }
        return await workshop.hangUps.pass { await hangUp() }
    }

    private func hangUp() async -> TerminationSettlement {
        workshop.metrics.hangUpTried()
        do throws(PhoneFailure) {
            // After the first try, or where there was a sign of life, it may be gone already: then nothing is deleted.
            if lease.tries > 0 || lease.armed > 1, try await workshop.phone.isGone(lease.room) {
                workshop.progress.post(.deleted, of: lease.room)
                return .verified
            }
            switch try await workshop.phone.deleteRoom(lease.room) {
            case .deleted, .absent: break
            case .undeletable:
                log.error("LiveKit cannot delete a room; its phone is removed and the room made anew and deleted")
                try await workshop.phone.free(lease.room)
            }
            workshop.progress.post(.deleted, of: lease.room)
            // LiveKit answers before the phone has heard: only after this pause does "gone" mean "silent".
            try? await workshop.clock.sleep(until: workshop.clock.now + workshop.policy.silenceAfterDelete)
            if try await workshop.phone.isGone(lease.room) { return .verified }
            return again("LiveKit answered, but the room or its phone is still there")
        } catch {
            switch error {
            case .unreachable(let why), .refused(let why): return again(why)
            }
        }
    }

    /// The pause never grows beyond 1.6 s (and a quarter): when LiveKit is back, phones must fall silent within 2 s.
    private func again(_ error: String) -> TerminationSettlement {
        let backoff = Double(100 << min(lease.tries, 4)) * workshop.jitter(0.75...1.25)
        workshop.metrics.hangUpFailed()
        log.warning("a room is not deleted yet; it is tried again", metadata: ["why": "\(error)"])
        return .again(at: workshop.clock.now + .milliseconds(Int64(backoff)), error: String(error.prefix(300)))
    }

    /// Returns true when the phone has joined or nothing of the dial can be in flight; false when the task was cancelled first.
    private func dialHasLanded() async -> Bool {
        guard let deadline = lease.dial.inFlightUntil else { return true }
        let began = workshop.clock.now
        while workshop.clock.now < deadline || workshop.dialsOut.contains(lease.room) {
            // Not waited for in this process: it has returned, or belonged to one that is gone. The disk knows.
            if !workshop.dialsOut.contains(lease.room), await dialIsOver() { return true }
            let sight = await workshop.joinPolls.pass { try? await workshop.phone.look(lease.room) }
            if case .present? = sight { return true }
            if Task.isCancelled { return false }
            let now = workshop.clock.now
            let waited = now.since(began)
            let pause: Duration =
                waited < .milliseconds(200)
                ? .milliseconds(20) : waited < .seconds(5) ? .milliseconds(100) : .milliseconds(500)
            // The dial's return and the webhook of the join end the wait at once.
            await workshop.signals.wait(for: lease.room, until: now + pause, clock: workshop.clock)
        }
        return true
    }

    /// Whether the disk says that nothing of the dial is in flight; a store that is away says nothing.
    private func dialIsOver() async -> Bool {
        do {
            return try await workshop.store.dial(of: lease.room)?.inFlightUntil == nil
        } catch {
            return false
        }
    }
}
