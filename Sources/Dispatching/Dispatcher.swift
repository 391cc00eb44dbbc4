package import CallControl
package import CallCore
package import Logging
import ServiceLifecycle

/// Carries out what calls have decided: dials when they are due, hangs up, keeps leases, compares with LiveKit.
package final class Dispatcher: Service, Terminator {
    /// Rung by whoever wrote an operation over many calls down.
    package let operationsBell: Bell
    private let workshop: Workshop
    private let operations: any OperationStore
    private let installation: String
    private let node: String
    private let log: Logger
    private let inbox: AsyncStream<HangUpJob>
    private let handIn: AsyncStream<HangUpJob>.Continuation

    /// `node` is this process among those that share the store.
    ///
    /// `failed` hears of each attempt that failed, by its agent and its batch, and `keptBack` of each batch of which a call was not begun
    /// because nothing is left of its budget. `jitter` draws a factor for the backoff of hang-ups, so that many that
    /// failed together do not come back together.
    package init(
        store: any CallStore & OperationStore, phone: any Phone, reports: CallReports, clock: any WallClock, bell: Bell,
        signals: RoomSignals, operationsBell: Bell = Bell(), installation: String, node: String = "only",
        policy: DispatchPolicy,
        metrics: DispatchMetrics = DispatchMetrics(),
        jitter: @escaping @Sendable (ClosedRange<Double>) -> Double = { Double.random(in: $0) },
        failed: @escaping @Sendable (Agent, BatchID?) -> Void = { _, _ in },
        keptBack: @escaping @Sendable (BatchID) -> Void = { _ in }, log: Logger
    ) {
        workshop = Workshop(
            store: store, phone: phone, reports: reports, clock: clock, bell: bell, signals: signals,
            joinPolls: Turnstile(atATime: policy.joinPollsAtATime),
            ringPolls: Turnstile(atATime: policy.ringPollsAtATime),
            prepares: Turnstile(atATime: policy.preparesAtATime),
            hangUps: Turnstile(atATime: policy.hangUpsAtATime, kept: policy.hangUpsAtATime / 2),
            lastLooks: Turnstile(atATime: policy.lastLooksAtATime),
            policy: policy, metrics: metrics, jitter: jitter, failed: failed, keptBack: keptBack)
        operations = store
        self.operationsBell = operationsBell
        self.installation = installation
        self.node = node
        self.log = log
        (inbox, handIn) = AsyncStream.makeStream()
    }

    /// Runs until shut down.
    ///
    /// What is then under way is left to its lease, and taken up at the next start.
    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.runUntilCancelled() }
    }

    /// As `run`, for those who end it by cancellation alone.
    package func runUntilCancelled() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepLeases() }
            group.addTask { await self.serveRequests() }
            let reconciler = Reconciler(workshop: workshop, installation: installation, node: node, log: log)
            group.addTask { await reconciler.run() }
            let lane = OperationLane(
                store: operations, bell: operationsBell, calls: workshop.bell, clock: workshop.clock,
                lookAgainEvery: workshop.store.isShared ? workshop.policy.lookAgainEvery : nil, log: log)
            group.addTask { await lane.run() }
            await Ticker(workshop: workshop, installation: installation, log: log).run(in: &group)
            group.cancelAll()
        }
    }

    package func terminate(
        _ lease: TerminationLease, untilVerified: Bool, limit: Moment
    ) async -> TerminationProgress {
        var job = job(lease)
        job.first = await job.begin(limit: limit)
        switch job.first {
        case .success(.deleted), .success(.absent):
            guard untilVerified else {
                handIn.yield(job)
                return .deleted
            }
        case .success(.undeletable), .success(nil), .failure, nil: break
        }
        return await progress(of: job, untilVerified: untilVerified, limit: limit)
    }

    /// Hands the job to the lane and waits for it.
    private func progress(of job: HangUpJob, untilVerified: Bool, limit: Moment) async -> TerminationProgress {
        await workshop.progress.wait(
            for: job.lease.room, untilVerified: untilVerified, limit: limit, clock: workshop.clock
        ) { [handIn] in
            handIn.yield(job)
        }
    }

    private func job(_ lease: TerminationLease) -> HangUpJob {
        var log = log
        log[metadataKey: "room"] = "\(lease.room)"
        return HangUpJob(workshop: workshop, lease: lease, log: log)
    }

    package func hangUpUnrecorded(_ attempt: Attempt, of call: CallID, limit: Moment) async -> TerminationProgress {
        workshop.metrics.hungUpUnrecorded()
        let now = workshop.clock.now
        workshop.barred.bar(attempt.room, until: now + Self.barFor)
        var dial = attempt.dialForHangUp
        // Barred too late for a dial that leaves at this moment: then it is in flight, whatever was read.
        if case .planned = dial, workshop.dialsOut.contains(attempt.room) {
            dial = .out(sent: now, deadline: now + Self.barFor)
        }
        // No row has this fence, so nothing is written for it.
        let lease = TerminationLease(
            room: attempt.room, call: call, dial: dial, requestedAt: now, tries: 0, fence: 0, armed: 0)
        return await progress(of: job(lease), untilVerified: false, limit: limit)
    }

    /// Longer than a dial can be in flight, and than a healthy LiveKit takes to prepare one; later the client must ask again.
    private static let barFor: Duration = .seconds(120)

    /// Terminations that requests brought with them go on at once, beside those that the ticker leases.
    private func serveRequests() async {
        await withDiscardingTaskGroup { group in
            for await job in inbox { group.addTask { await job.run() } }
        }
    }

    private func keepLeases() async {
        while !Task.isCancelled {
            try? await workshop.clock.sleep(until: workshop.clock.now + workshop.policy.lease / 4)
            let (dials, terminations) = workshop.held.all
            do {
                try await workshop.store.renew(
                    dials: dials, terminations: terminations, until: workshop.clock.now + workshop.policy.lease)
            } catch {
                log.warning("leases could not be renewed", metadata: ["why": "\(error)"])
            }
            await raiseAlarms()
        }
    }

    /// Beside the tries, because one that hangs or waits for its dial says nothing itself.
    private func raiseAlarms() async {
        do {
            for room in try await workshop.store.markStuck(at: workshop.clock.now) {
                log.error(
                    "a termination is stuck: a phone may be up for a minute after its call; the tries go on",
                    metadata: ["room": "\(room)"])
            }
        } catch {
            log.warning("stuck terminations could not be looked for", metadata: ["why": "\(error)"])
        }
    }
}
