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
    /// What came of the first DeleteRoom, where whoever asked for the hang-up has sent it.
    var first: Result<Deletion?, PhoneFailure>?
    let log: Logger

    /// The first DeleteRoom, sent by the caller's own task; nil where there is something to wait for, or to look at, before it.
    ///
    /// Whoever asks for a hang-up so spares the way over the lane; the lane does all the rest, with what came of it. At `limit`
    /// it is given up.
    func begin(limit: Moment) async -> Result<Deletion?, PhoneFailure>? {
        let now = workshop.clock.now
        guard limit > now, lease.dial.inFlightUntil == nil, lease.tries == 0, lease.armed <= 1 else { return nil }
        workshop.held.hold(lease)
        return await workshop.hangUps.passIfFree { await delete(limit: limit) }
    }

    func run() async {
        workshop.held.hold(lease)
        let settlement = await work()
        do {
            let now = workshop.clock.now
            let settled = try await workshop.store.settle(settlement, of: lease, at: now)
            if settled, settlement == .verified {
                if lease.isForCancel { workshop.metrics.silent(after: now.since(lease.requestedAt)) }
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
        return await hangUp()
    }

    private var rank: Turnstile.Rank {
        // A phone whose dial is in flight begins to ring at its join: it goes before those that have been up for a while.
        if lease.dial.inFlightUntil != nil { return .first }
        return lease.isPhoneDown ? .last : .next
    }

    private func hangUp() async -> TerminationSettlement {
        workshop.metrics.hangUpTried()
        do throws(PhoneFailure) {
            // After the first try, or where there was a sign of life, it may be gone already: then nothing is deleted.
            let mayBeGone = lease.tries > 0 || lease.armed > 1
            let isGoneAlready = mayBeGone ? try await isGone() : false
            if !isGoneAlready {
                // Only so many ask LiveKit at a time.
                let deleted =
                    if let first { first } else { await workshop.hangUps.pass(rank) { await delete() } }
                switch try deleted.get() {
                case .deleted, .absent: break
                case .undeletable:
                    return try await workshop.hangUps.pass { () async throws(PhoneFailure) in try await free() }
                case nil:
                    return again("LiveKit did not answer a DeleteRoom, and the room is still there", after: .zero)
                }
            }
            workshop.progress.post(.deleted, of: lease.room)
            // Its turn is over meanwhile: where hundreds are hung up at once, all are deleted first and looked after then. What was found
            // gone may have been deleted a moment ago, by another node or by a try whose answer was lost: its phone has not heard yet.
            await silence()
            if try await isGone() { return .verified }
            return again("LiveKit answered, but the room or its phone is still there")
        } catch {
            switch error {
            case .unreachable(let why), .refused(let why): return again(why)
            }
        }
    }

    private func isGone() async throws(PhoneFailure) -> Bool {
        // A queue of its own: a phone that is up must not wait until silent ones were looked after.
        try await workshop.lastLooks.pass(rank) { () async throws(PhoneFailure) in
            try await workshop.phone.isGone(lease.room)
        }
    }

    /// One DeleteRoom; whoever waits for its answer looks meanwhile what became of it.
    ///
    /// Nil: no answer came, yet LiveKit answers a look and shows that the room is still there. A DeleteRoom that LiveKit takes half
    /// a minute over, or has forgotten, so holds up neither this hang-up nor the lane. At `limit` nobody waits for it any more.
    private func delete(limit: Moment? = nil) async -> Result<Deletion?, PhoneFailure> {
        enum Step { case done(Result<Deletion?, PhoneFailure>), overdue, cancelled }
        return await withTaskGroup(of: Step.self) { group in
            group.addTask {
                do throws(PhoneFailure) {
                    return .done(.success(try await workshop.phone.deleteRoom(lease.room)))
                } catch {
                    return .done(.failure(error))
                }
            }
            let soon = workshop.clock.now + workshop.policy.deleteAnswersWithin
            group.addTask { await sleep(until: limit.map { min($0, soon) } ?? soon) ? .overdue : .cancelled }
            while let step = await group.next() {
                switch step {
                case .done(let result):
                    group.cancelAll()
                    return result
                case .overdue:
                    group.addTask { await look().map { .done(.success($0 ? .absent : nil)) } ?? .cancelled }
                    guard let limit else { continue }
                    group.addTask {
                        guard await sleep(until: limit) else { return .cancelled }
                        return .done(.failure(.unreachable("LiveKit did not answer a DeleteRoom in time")))
                    }
                case .cancelled: continue
                }
            }
            return .failure(.unreachable("not waited for"))
        }
    }

    /// Whether the room is gone, asked until LiveKit says so or not; nil: cancelled.
    private func look() async -> Bool? {
        while true {
            if let isGone = try? await workshop.phone.isGone(lease.room) { return isGone }
            guard await sleep(until: workshop.clock.now + .milliseconds(250)) else { return nil }
        }
    }

    /// False: cancelled.
    private func sleep(until moment: Moment) async -> Bool {
        (try? await workshop.clock.sleep(until: moment)) != nil
    }

    /// The way out for a room that LiveKit cannot find to delete it: measured, the first step hung up 11 of 12, the second 10 of 11.
    ///
    /// The second may put a phone that is still there out of reach, so it waits until LiveKit has answered the first. What came of it
    /// is looked at by the next try, which this one leaves its words to.
    private func free() async throws(PhoneFailure) -> TerminationSettlement {
        log.error("LiveKit cannot find a room to delete it; its phone is removed, then the room made anew and deleted")
        let removed = try await workshop.phone.removePhone(lease.room)
        await silence()
        if try await !workshop.phone.isGone(lease.room) {
            try await workshop.phone.remakeAndDelete(lease.room)
            await silence()
        }
        workshop.progress.post(.deleted, of: lease.room)
        let phone = removed ? "the phone was removed" : "LiveKit knew of no phone there"
        return .again(
            at: workshop.clock.now, error: "LiveKit could not find the room to delete it (undeletable); \(phone)")
    }

    /// LiveKit answers before the phone has heard: only after this pause does "gone" mean "silent".
    private func silence() async {
        _ = await sleep(until: workshop.clock.now + workshop.policy.silenceAfterDelete)
    }

    private func again(_ error: String, after pause: Duration? = nil) -> TerminationSettlement {
        workshop.metrics.hangUpFailed()
        log.warning("a room is not deleted yet; it is tried again", metadata: ["why": "\(error)"])
        let backoff = pause ?? workshop.backoff(from: 100, after: lease.tries)
        return .again(at: workshop.clock.now + backoff, error: String(error.prefix(300)))
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
