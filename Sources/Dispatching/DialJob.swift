import CallControl
import CallCore
import Logging
import NIOConcurrencyHelpers

/// One leased dial, from the room to the outcome.
///
/// Ringing a person is not idempotent: everything before `sendDial` may be done again, the dial itself is sent by nobody who does
/// not hold the answer "moved" to that one decision in their hands.
struct DialJob: Sendable {
    let workshop: Workshop
    let lease: DialLease
    let log: Logger

    func run() async {
        workshop.held.hold(lease)
        defer { workshop.held.release(lease) }
        do {
            switch lease.call.phase {
            case .placing(let attempt) where attempt.room == lease.room: try await place(attempt)
            case .dialling(let attempt), .ringing(let attempt), .active(let attempt):
                guard attempt.room == lease.room else { return try await close(.joined(LiveKitIDs())) }
                // Sent by somebody who is gone: nobody waits for its return any more.
                try await DialFollow(job: self, attempt: attempt).run()
            case .waiting, .placing, .ended: try await closeOver()
            }
        } catch {
            // The lease runs out and the dial is taken up again from where the disk says it was.
            log.warning("a dial is left to its lease: the store is away", metadata: ["why": "\(error)"])
        }
        workshop.signals.signal(lease.room)
        workshop.bell.ring()
    }

    private func place(_ attempt: Attempt) async throws(StoreFailure) {
        // It may have been begun a moment ahead; one that was begun before a clock was set back is not waited for.
        let due = min(attempt.startedAt, workshop.clock.now + workshop.policy.ahead)
        // Shutting down: nothing was dialled, and the row is taken up at the next start.
        if due > workshop.clock.now, (try? await workshop.clock.sleep(until: due)) == nil { return }
        let now = workshop.clock.now
        guard now.since(lease.call.expectedAt) <= workshop.policy.limits.maxLateness else {
            return try await close(.overdue)
        }
        guard let order = order(attempt) else { return try await close(.failed(.internal)) }
        let ids: LiveKitIDs
        do throws(PhoneFailure) {
            ids = try await workshop.prepares.pass { () async throws(PhoneFailure) in
                try await workshop.phone.prepare(order, mayBeRepeated: lease.fence > 1)
            }
        } catch {
            return try await prepareFailed(error)
        }
        if order.agentName != nil {
            switch await agentJoins(order.room) {
            case .joined: break
            case .absent: return try await close(.agentUnavailable)
            case .unknown:
                return try await prepareFailed(.unreachable("LiveKit does not say whether the agent is there"))
            }
        }
        while true {
            // Shutting down: nothing was dialled, and the row is taken up at the next start.
            guard let place = try await place(), try await sendsAnew(order, ids, place) else { return }
        }
    }

    /// The moment at which this dial may leave, so that no window of a rate sees more of them than it may; nil: not waited for.
    ///
    /// Admission spreads the starts, but rooms and agents take their time, some longer than others: what was spread comes here in
    /// heaps. The place is taken a little ahead, so that the commit before the dial does not make it late.
    private func place() async throws(StoreFailure) -> Moment? {
        while true {
            let now = workshop.clock.now
            switch try await workshop.store.takePlace(gates, at: now) {
            case .at(let place):
                // Written down as sent right before, so that until then the call can be cancelled without a word to LiveKit.
                guard (try? await workshop.clock.sleep(until: place - RatedGate.commit)) != nil else { return nil }
                return place
            case .none(let until):
                guard (try? await workshop.clock.sleep(until: max(until, now + .milliseconds(1)))) != nil else {
                    return nil
                }
            }
        }
    }

    private var gates: [RatedGate] { workshop.policy.limits.ratedGates(lease.agent) }

    /// Where a commit, or a connection that had to be made, has made the dial late, the log says so: the window has four milliseconds
    /// for all that two dials differ by on their way.
    private func keepLog(_ place: Moment, _ departure: AsyncStream<Moment>) async {
        for await left in departure where left > place {
            try? await workshop.store.movePlace(gates, from: place, to: left)
        }
    }

    /// Asks for the dial's leave and sends it; true: it did not leave in time, and leave is to be asked for again.
    private func sendsAnew(
        _ order: DialOrder, _ ids: LiveKitIDs, _ place: Moment
    ) async throws(StoreFailure) -> Bool {
        // Shutting down: nothing was dialled, and the row is taken up at the next start.
        guard !Task.isCancelled else { return false }
        let sending = workshop.clock.now
        let decided = try await decide(.sendDial(deadline: sending + order.inFlight, ids), closing: false)
        guard let decided, decided.verdict == .moved, case .dialling(let sent) = decided.call.phase,
            sent.room == lease.room
        else {
            // Cancelled or withdrawn while we prepared: the rule has ordered the room's end, and nothing is sent.
            try await closeQuietly()
            return false
        }
        guard try await !send(order, sent, asOf: sending, place) else { return false }
        log.warning("a dial came too late for its deadline and did not leave; it is sent anew")
        let now = workshop.clock.now
        guard now.since(lease.call.expectedAt) <= workshop.policy.limits.maxLateness else {
            _ = try await decide(.unsent, closing: false)
            try await close(.overdue)
            return false
        }
        let back = try await decide(.unsent, closing: false)
        guard let back, back.verdict == .moved, case .placing = back.call.phase else {
            try await closeQuietly()
            return false
        }
        return true
    }

    /// What became of a dial in our hands.
    private enum Flight: Sendable {
        case returned(DialReturn)
        /// It did not leave.
        case stayed
    }

    /// False: it did not leave.
    private func send(
        _ order: DialOrder, _ attempt: Attempt, asOf sending: Moment, _ place: Moment
    ) async throws(StoreFailure) -> Bool {
        workshop.dialsOut.insert(order.room)
        defer { workshop.dialsOut.remove(order.room) }
        guard !workshop.barred.contains(order.room, at: workshop.clock.now) else {
            log.error("a dial is not sent: its call was to be hung up while that could not be written down")
            try await close(.failed(DialFailure(status: .failed, reason: .internal, isLast: true)))
            return true
        }
        let flight = await withTaskGroup(of: Flight?.self) { group in
            group.addTask {
                try? await workshop.clock.sleep(until: place)
                // The deadline was reckoned before the commit. Where it took longer than its margin to come here (a disk that hung, a
                // process that was stopped), or to a connection, a hang-up might think that nothing is in flight any more: the dial
                // stays here. The last look is the one right before it goes out.
                guard workshop.clock.now.since(sending) < Self.longestCommit else { return .stayed }
                let (departure, departed) = AsyncStream<Moment>.makeStream()
                async let _: Void = keepLog(place, departure)
                let stays = NIOLockedValueBox(false)
                let back = await workshop.phone.dial(order) { [workshop] in
                    let now = workshop.clock.now
                    guard now.since(sending) < Self.longestCommit else {
                        stays.withLockedValue { $0 = true }
                        return false
                    }
                    workshop.metrics.dialSent()
                    departed.yield(now)
                    departed.finish()
                    return true
                }
                return stays.withLockedValue(\.self) ? .stayed : .returned(back)
            }
            group.addTask {
                await watchRinging(order.room)
                return nil
            }
            while let finished = await group.next() {
                if let finished {
                    group.cancelAll()
                    return finished
                }
            }
            return .returned(.unknown("the dial was not waited for"))
        }
        guard case .returned(let outcome) = flight else { return false }
        switch outcome {
        case .answered(let ids): try await close(.answered(ids, dialReturned: true))
        case .failed(let failure): try await close(.failed(failure))
        case .unknown(let why):
            log.warning("the outcome of a dial is unknown; it is followed to its deadline", metadata: ["why": "\(why)"])
            try await DialFollow(job: self, attempt: attempt).run()
        }
        return true
    }

    /// The margin in a dial's deadline for all that comes before it goes out.
    private static let longestCommit: Duration = .seconds(2)

    /// Looks for the first ring while the dial waits for the answer: no webhook and no answer of LiveKit's tells of it.
    private func watchRinging(_ room: RoomName) async {
        let began = workshop.clock.now
        while !Task.isCancelled {
            let waited = workshop.clock.now.since(began)
            let pause: Duration =
                waited < .seconds(1)
                ? .milliseconds(40) : waited < .seconds(5) ? .milliseconds(100) : .milliseconds(500)
            guard (try? await workshop.clock.sleep(until: workshop.clock.now + pause)) != nil else { return }
            let sight = await workshop.ringPolls.pass { try? await workshop.phone.look(room) }
            guard case .present(let leg, let ids)? = sight else { continue }
            switch leg {
            case .dialing: continue
            case .ringing:
                try? await workshop.reports.report(.joined(ids), from: room)
                guard (try? await workshop.reports.report(.ringing, from: room)) != nil else { continue }
                return
            case .active:
                guard (try? await workshop.reports.report(.answered(ids, dialReturned: false), from: room)) != nil
                else {
                    continue
                }
                return
            case .hangup: return
            }
        }
    }

    private enum AgentPresence { case joined, absent, unknown }

    /// Waits for the voice agent; `unknown` when LiveKit could not be asked in the end, or when we are shutting down.
    private func agentJoins(_ room: RoomName) async -> AgentPresence {
        let deadline = workshop.clock.now + workshop.policy.agentWithin
        var pause: Duration = .milliseconds(25)
        while true {
            let isPresent = await workshop.ringPolls.pass { try? await workshop.phone.survey(room).agentIsPresent }
            if isPresent == true { return .joined }
            if Task.isCancelled { return .unknown }
            let now = workshop.clock.now
            guard now < deadline else { return isPresent == nil ? .unknown : .absent }
            // LiveKit's webhook of the join ends the wait at once.
            await workshop.signals.wait(for: room, until: min(deadline, now + pause), clock: workshop.clock)
            pause = min(pause * 2, .milliseconds(400))
        }
    }

    private func prepareFailed(_ failure: PhoneFailure) async throws(StoreFailure) {
        switch failure {
        case .refused(let why):
            log.error("the room could not be made; the call fails", metadata: ["why": "\(why)"])
            try await close(.failed(.internal))
        case .unreachable(let why):
            // Nothing was dialled, so trying again rings nobody twice; a call that gets too late by it expires.
            // Each try moves the fence by two, leased and given back.
            let backoff = workshop.backoff(from: 250, after: Int(lease.fence / 2))
            log.warning("the room could not be made; it is tried again", metadata: ["why": "\(why)"])
            _ = try await workshop.store.postpone(lease, until: workshop.clock.now + backoff)
        }
    }

    private func order(_ attempt: Attempt) -> DialOrder? {
        guard let trunk = lease.agent.trunkID ?? workshop.policy.defaultTrunk else { return nil }
        return DialOrder(
            call: lease.call, attempt: attempt.number, room: attempt.room, agentName: lease.agent.agentName,
            trunkID: trunk,
            ringingTimeout: .seconds(lease.agent.ringingTimeout), maxCallDuration: .seconds(lease.agent.maxCallDuration)
        )
    }
}

extension DialJob {
    func decide(_ event: CallEvent, closing: Bool) async throws(StoreFailure) -> Decided? {
        let now = workshop.clock.now
        let room = lease.room
        let decided = try await workshop.store.decide(
            lease.call.id, proving: DialProof(lease, closing: closing), claimingUntil: nil, at: now
        ) { call, scene in
            call.receiving(event, about: room, in: scene, at: now)
        }
        if let decided, decided.verdict == .moved, decided.call.attempt(in: room)?.status == .failed {
            workshop.failed(lease.agent, lease.call.batch)
        }
        return decided
    }

    /// The last word of this dial: its outcome and the end of its row are one transaction.
    func close(_ event: CallEvent) async throws(StoreFailure) {
        let decided = try await decide(event, closing: true)
        if decided?.verdict == .leaseLost {
            log.error("the lease of a dial was lost; its outcome is left to the one who has it now")
        }
    }

    private func closeQuietly() async throws(StoreFailure) {
        _ = try await workshop.store.decide(
            lease.call.id, proving: DialProof(lease, closing: true), claimingUntil: nil, at: workshop.clock.now
        ) { _, _ in .stay }
    }

    /// A dial whose call went on without it: what may have been made for it is ordered away.
    private func closeOver() async throws(StoreFailure) {
        switch lease.call.attempt(in: lease.room)?.dial {
        case .planned, nil: try await close(.joined(LiveKitIDs()))
        case .out: try await close(.dialLost)
        case .lost, .returned: try await closeQuietly()
        }
    }
}
