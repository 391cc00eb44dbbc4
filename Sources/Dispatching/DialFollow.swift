import CallControl
import CallCore

/// Follows a dial whose return nobody waits for: it may ring, so it is never sent again, only watched until its deadline.
struct DialFollow: Sendable {
    let job: DialJob
    let attempt: Attempt

    func run() async throws(StoreFailure) {
        guard let deadline = attempt.dial.inFlightUntil else { return try await job.close(.dialLost) }
        let workshop = job.workshop
        guard var call = try await job.decide(.dialLost, closing: false)?.call else { return }
        // A phone that was seen before our start is not waited for again.
        var lastSeen: Sight.Leg? =
            attempt.ringingAt != nil ? .ringing : attempt.livekit.participant != nil ? .dialing : nil
        var seenAt: Moment?
        while case let phase = call.phase, phase.attempt?.room == job.lease.room {
            if Task.isCancelled { return }
            let sight = await workshop.ringPolls.pass { try? await workshop.phone.look(job.lease.room) }
            if let sight {
                if case .present = sight { seenAt = workshop.clock.now }
                switch sight {
                case .present(.active, let ids): return try await job.close(.answered(ids, dialReturned: false))
                case .present(.hangup, _):
                    return try await job.close(.left(Departure(reason: .clientInitiated, wasAnswered: true)))
                case .present(.ringing, let ids):
                    if lastSeen == nil { _ = try await job.decide(.joined(ids), closing: false) }
                    if lastSeen != .ringing { _ = try await job.decide(.ringing, closing: false) }
                    lastSeen = .ringing
                case .present(.dialing, let ids):
                    if lastSeen == nil { _ = try await job.decide(.joined(ids), closing: false) }
                    lastSeen = lastSeen ?? .dialing
                case .absent:
                    // It was there and is gone: nothing of this dial can come any more.
                    if lastSeen != nil { return try await departed(lastSeenAt: seenAt) }
                }
            }
            let now = workshop.clock.now
            // Only a LiveKit that answers can show that there is no phone: while it does not, a conversation may go on.
            if now >= deadline, sight == .absent { return try await job.close(.deadlinePassed) }
            await workshop.signals.wait(
                for: job.lease.room, until: now + .milliseconds(250), clock: workshop.clock)
            guard let record = try await workshop.store.call(job.lease.call.id, at: now) else { return }
            call = record.call
        }
        try await job.close(.dialLost)
    }

    /// The phone is gone, and LiveKit's webhook knows why: it gets a moment to say so before we judge without it.
    private func departed(lastSeenAt seenAt: Moment?) async throws(StoreFailure) {
        let workshop = job.workshop
        let now = workshop.clock.now
        await workshop.signals.wait(for: job.lease.room, until: now + .milliseconds(500), clock: workshop.clock)
        // A phone that rang for as long as it may, and was watched, was not answered; any other end is one that we cannot explain: while
        // nobody looked, somebody may have spoken.
        let rang = now.since(attempt.dial.sentAt ?? now)
        let wasWatched = seenAt.map { now.since($0) <= Self.unwatchedFor } ?? false
        let reason: Departure.Reason =
            wasWatched && rang >= .seconds(job.lease.agent.ringingTimeout) - .seconds(1) ? .userUnavailable : .unknown
        try await job.close(.left(Departure(reason: reason, wasAnswered: false)))
    }

    /// Nobody says all that there is to say in less.
    private static let unwatchedFor: Duration = .seconds(2)
}
