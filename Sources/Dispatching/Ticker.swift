import CallControl
import CallCore
import Logging

/// Decides what is to be done now, and sleeps until there is something: until the next due time, or the bell.
///
/// It has no interval.
struct Ticker: Sendable {
    let workshop: Workshop
    let installation: String
    let log: Logger

    /// Before it looks again at what is due and could not be had: another node, or a request, has it locked this moment.
    private static let othersAreAtIt: Duration = .milliseconds(50)

    /// Runs until cancelled; jobs become children of `group`.
    func run(in group: inout DiscardingTaskGroup) async {
        var turn = Turn()
        var nextAgentCheck = workshop.clock.now
        while !Task.isCancelled {
            let wake: Moment?
            do throws(StoreFailure) {
                wake = try await tick(&turn, &nextAgentCheck, &group)
            } catch {
                log.warning("the store is away; dialling waits for it", metadata: ["why": "\(error)"])
                wake = workshop.clock.now + .milliseconds(500)
            }
            if let wake, wake <= workshop.clock.now { continue }
            await workshop.bell.wait(until: workshop.soonest(wake), clock: workshop.clock)
        }
    }

    /// Starts what is due, and returns when to look again; nil: only when the bell rings.
    private func tick(
        _ turn: inout Turn, _ nextAgentCheck: inout Moment, _ group: inout DiscardingTaskGroup
    ) async throws(StoreFailure) -> Moment? {
        let now = workshop.clock.now
        let ahead = workshop.policy.ahead
        if let expected = turn.expected, expected - ahead <= now {
            // It slept for this call, which goes first; then it looks at all there is.
            turn.expected = nil
            _ = try await admit(at: max(now, expected), &turn, &group)
            return now
        }
        let wakes = try await workshop.store.nextWakes()
        turn.expected = wakes.call.flatMap { $0 - ahead > now ? $0 : nil }
        var next: [Moment] = []
        if let termination = wakes.termination {
            let free = workshop.policy.terminationsAtATime - workshop.held.terminationCount
            if termination > now {
                next.append(termination)
            } else if free > 0 {
                let until = now + workshop.policy.lease
                let leases = try await workshop.store.leaseTerminations(min(free, 256), at: now, until: until)
                for lease in leases {
                    workshop.held.hold(lease)
                    let job = HangUpJob(workshop: workshop, lease: lease, log: log(lease.room))
                    group.addTask { await job.run() }
                }
                next.append(leases.isEmpty ? now + Self.othersAreAtIt : now)
            }
        }
        if let dial = wakes.dial {
            if dial <= now {
                let until = now + workshop.policy.lease
                let leases = try await workshop.store.leaseDials(100, at: now, until: until)
                for lease in leases { start(lease, &group) }
                next.append(leases.isEmpty ? now + Self.othersAreAtIt : now)
            } else {
                next.append(dial)
            }
        }
        if let due = wakes.call {
            if due - ahead > now {
                next.append(due - ahead)
            } else if let moment = try await admit(at: max(now, due), &turn, &group) {
                next.append(moment)
            }
        }
        if let since = wakes.agentAwaySince {
            let due = max(since + Call.agentAbsenceAllowed, nextAgentCheck)
            if due <= now {
                // Beside the ticker: LiveKit may take its time over hundreds of agents, and hang-ups must not wait for that.
                let check = AgentCheck(workshop: workshop, log: log)
                group.addTask { await check.run() }
                nextAgentCheck = now + .seconds(1)
                next.append(nextAgentCheck)
            } else {
                next.append(due)
            }
        }
        return next.min()
    }

    /// Where the admissions are.
    private struct Turn {
        var rotation = Rotation()
        var notBefore = Moment(milliseconds: 0)
        /// When the next call will be due, which was not due when it was looked up.
        var expected: Moment?
        /// Whether the last admission may have left no place for another call, so that it is worth a look before the next one.
        var mayBeFull = true
    }

    /// Admits calls that are due at `now`, which may be a moment ahead, as far as the limits allow; returns when to try again, or nil when a call must end first.
    private func admit(
        at now: Moment, _ turn: inout Turn, _ group: inout DiscardingTaskGroup
    ) async throws(StoreFailure) -> Moment? {
        let limits = workshop.policy.limits
        // What lies further ahead than any place does was reckoned before a clock was set back.
        if now < turn.notBefore, turn.notBefore.since(now) < .seconds(5) { return turn.notBefore }
        if turn.mayBeFull {
            guard try await workshop.store.liveCalls() < limits.maxLive else { return nil }
        }
        let maxLateness = limits.maxLateness
        let installation = installation
        let admissions = try await workshop.store.admitDue(
            AdmissionTerms(limits: limits, rotation: turn.rotation), at: now,
            claimingUntil: now + workshop.policy.lease
        ) { call, scene in
            let call = call.timed(under: scene.window).resumed(at: scene.allowance?.resumedAt)
            guard now.since(call.expectedAt) <= maxLateness else { return call.receiving(.overdue, in: scene, at: now) }
            let room = RoomName(installation: installation, call: call.id, attempt: call.pastAttempts.count + 1)
            return call.receiving(.lineFree(room), in: scene, at: now)
        }
        for lease in admissions.admitted.compactMap(\.dial) { start(lease, &group) }
        for batch in admissions.keptBack { workshop.keptBack(batch) }
        turn.rotation = admissions.rotation
        turn.notBefore = admissions.notBefore
        turn.mayBeFull = admissions.again == nil
        guard !admissions.isElsewhere else { return now + Self.othersAreAtIt }
        guard let again = admissions.again else { return nil }
        guard again <= now, admissions.admitted.isEmpty else { return again }
        // Every hang-up that ends rings the bell: where a stop holds thousands, marking them must not take the disk from these.
        turn.notBefore = now + Self.othersAreAtIt
        return turn.notBefore
    }

    private func start(_ lease: DialLease, _ group: inout DiscardingTaskGroup) {
        workshop.held.hold(lease)
        let job = DialJob(workshop: workshop, lease: lease, log: log(lease.room))
        group.addTask { await job.run() }
    }

    private func log(_ room: RoomName) -> Logger {
        var log = log
        log[metadataKey: "room"] = "\(room)"
        return log
    }
}
