import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore

/// The three days from their start to their end, on the thread that calls it: the dispatcher and SQLite in memory, on a clock that moves
/// when nothing is left to do.
///
/// `@unchecked`: touched by the scheduler's thread alone.
package final class CampaignRun: @unchecked Sendable {
    private let plan: CampaignPlan
    private let scheduler: Scheduler
    private let clock: SimulatedClock
    private let store: SQLiteStore
    private let phone: CampaignPhone
    private let judge: CampaignJudge
    private let bell = Bell()
    private let dispatcher: Dispatcher
    private let reports: CallReports
    private let stops: Stops
    private let suppressions: Suppressions
    /// The same, but that nobody hears of it at once.
    private let quietSuppressions: Suppressions
    private let operationsBell: Bell
    private let stopHours: StopHours
    private let budgets: Budgets
    private let breakers: Breakers
    private let executor: NodeExecutor
    private var tasks: [Task<Void, Never>] = []

    private init(calls: Int, seed: UInt64) throws {
        plan = CampaignPlan(calls: calls, seed: seed)
        scheduler = Scheduler(seed: seed, now: CampaignPlan.start)
        clock = SimulatedClock(scheduler: scheduler)
        store = try SQLiteStore(.memory, installation: Auditor.installation)
        phone = CampaignPhone(clock, Chance(seed: seed, 12), plan.outage)
        judge = CampaignJudge(plan)
        executor = NodeExecutor(scheduler)
        let signals = RoomSignals()
        reports = CallReports(
            store: store, bell: bell, clock: clock, signals: signals, installation: Auditor.installation)
        var policy = DispatchPolicy()
        policy.limits = plan.limits
        let random = Chance(seed: seed, 14)
        let identifiers = Identifiers(random: { random.bytes($0) })
        let log = Logger(label: "campaign") { _ in SwiftLogNoOpLogHandler() }
        operationsBell = Bell()
        let timedBell = Bell()
        stops = Stops(
            store: store, agents: store, bell: operationsBell, timedBell: timedBell, clock: clock,
            identifiers: identifiers)
        suppressions = Suppressions(store: store, bell: operationsBell, clock: clock, identifiers: identifiers)
        quietSuppressions = Suppressions(store: store, bell: Bell(), clock: clock, identifiers: identifiers)
        stopHours = StopHours(
            store: store, stops: stops, bell: timedBell, clock: clock, lookAgainEvery: nil, log: log)
        let budgets = Budgets(store: store, stops: stops, clock: clock, log: log)
        let breakers = Breakers(store: store, stops: stops, clock: clock, log: log)
        let jitter = Chance(seed: seed, 13)
        dispatcher = Dispatcher(
            store: store, phone: phone, reports: reports, clock: clock, bell: bell, signals: signals,
            operationsBell: operationsBell, installation: Auditor.installation, policy: policy,
            jitter: { $0.lowerBound + ($0.upperBound - $0.lowerBound) * Double(jitter.draw(0...1000)) / 1000 },
            failed: { breakers.hear(of: $0, $1) }, keptBack: { budgets.hear(of: $0) }, log: log)
        self.budgets = budgets
        self.breakers = breakers
    }

    /// What came of it, in words; `faults` is empty where all was kept.
    package struct Outcome: Sendable {
        package let summary: String
        package let faults: [String]
        /// Limits that held up nobody.
        package let untried: [String]
        package let dials: Int
    }

    package static func perform(calls: Int, seed: UInt64 = 1) throws -> Outcome {
        let run = try CampaignRun(calls: calls, seed: seed)
        run.open()
        // A retry of the third day may have its window on the fourth, and the next one on the fifth.
        run.scheduler.run(until: CampaignPlan.start + CampaignPlan.length + 4 * 86_400_000)
        run.close()
        return run.outcome()
    }

    private func spawn(_ body: @escaping @Sendable () async -> Void) {
        tasks.append(Task(executorPreference: executor) { await body() })
    }

    private func open() {
        var hasty = Dictionary(plan.hastySuppressions.map { ($0.call, $0) }) { first, _ in first }
        phone.onPrepare = { [weak self] order in
            guard let self, let planned = hasty.removeValue(forKey: order.call.id) else { return }
            let suppression = CampaignPlan.PlannedSuppression(
                at: scheduler.now - CampaignPlan.start + planned.after, numbers: [order.call.contact.phone],
                organization: order.call.organization, busy: planned.busy)
            scheduler.alarm(at: scheduler.now + planned.after) { [weak self] in self?.suppress(suppression) }
        }
        phone.onDial = { [judge] in judge.dialled($0, at: $1) }
        phone.onEnd = { [judge] order, status, reason, now in
            judge.ended(order, status, reason, at: now)
            if status != .completed { judge.silent(order.room, of: order.call.id, at: now) }
        }
        phone.onAnswer = { [weak self] room, talk in
            guard let self else { return }
            scheduler.alarm(at: scheduler.now + talk.milliseconds) { [weak self] in self?.hangUp(room) }
        }
        spawn { await self.fill() }
        scheduler.run(until: CampaignPlan.start)
        for stop in plan.stops { scheduler.alarm(at: CampaignPlan.start + stop.at) { [weak self] in self?.set(stop) } }
        for suppression in plan.suppressions {
            scheduler.alarm(at: CampaignPlan.start + suppression.at) { [weak self] in self?.suppress(suppression) }
        }
        for late in plan.lateCalls {
            scheduler.alarm(at: late.at) { [weak self] in self?.add(late.call) }
        }
        spawn { [dispatcher] in await dispatcher.runUntilCancelled() }
        spawn { [stopHours] in await stopHours.runUntilCancelled() }
        spawn { [budgets] in await budgets.runUntilCancelled() }
        spawn { [breakers] in await breakers.runUntilCancelled() }
    }

    private func fill() async {
        do {
            for agent in plan.agents { try await store.insert(agent, for: .commandLine(for: agent.organization)) }
            for batch in plan.batches { try await store.insert(batch, for: .commandLine(for: batch.organization)) }
            let others = plan.calls.filter { $0.batch == nil }
            for first in stride(from: 0, to: others.count, by: 1000) {
                try await store.insert(Array(others[first..<min(first + 1000, others.count)]))
            }
        } catch {
            judge.fault("the calls cannot be stored: \(error)")
        }
    }

    private func add(_ call: Call) {
        spawn { [self] in
            do {
                try await store.insert([call])
                bell.announce(due: call.dueAt)
            } catch {
                judge.fault("\(call.id) cannot be stored: \(error)")
            }
        }
    }

    /// Whoever was called has said enough.
    private func hangUp(_ room: RoomName) {
        phone.hangUp(room)
        if let (id, _) = room.call(installation: Auditor.installation) { judge.silent(room, of: id, at: clock.now) }
        spawn { [reports] in
            try? await reports.report(.left(Departure(reason: .clientInitiated, wasAnswered: true)), from: room)
        }
    }

    private func caller(_ organization: OrganizationID) -> Caller {
        Caller(key: KeyID(rawValue: "key_1"), organization: organization, role: .admin)
    }

    private func set(_ planned: CampaignPlan.PlannedStop) {
        let caller = caller(planned.organization)
        spawn { [self] in
            do {
                let now = clock.now
                let stop = try await stops.set(planned.scope, live: .leave, queue: .hold, by: caller).stop
                judge.stops[stop.id] = (planned, now)
                scheduler.alarm(at: scheduler.now + planned.length) { self.release(stop.id, caller) }
            } catch {
                judge.fault("no stop: \(error)")
            }
        }
    }

    private func release(_ id: StopID, _ caller: Caller) {
        judge.released(id, at: clock.now)
        spawn { [stops, judge] in
            do {
                _ = try await stops.release(id, by: caller)
            } catch {
                judge.fault("a stop is not released: \(error)")
            }
        }
    }

    private func suppress(_ planned: CampaignPlan.PlannedSuppression) {
        spawn { [self] in
            do {
                let service = planned.busy > 0 ? quietSuppressions : suppressions
                _ = try await service.suppress(planned.numbers, live: .leave, by: caller(planned.organization))
                let now = clock.now
                if planned.busy > 0 {
                    scheduler.alarm(at: scheduler.now + planned.busy) { self.operationsBell.announce() }
                }
                judge.suppressed(planned, at: now)
                let calls = judge.callsAtRest(in: planned, at: now)
                scheduler.alarm(at: scheduler.now + 60_000) { self.expectEnds(of: calls, since: now) }
            } catch {
                judge.fault("no suppression: \(error)")
            }
        }
    }

    /// A minute after their number was suppressed.
    private func expectEnds(of calls: [CallID], since moment: Moment) {
        spawn { [self] in
            for id in calls where !judge.wasDialled(id, since: moment) {
                do {
                    guard let status = try await store.call(id, at: clock.now)?.call.status, !status.isFinal else {
                        continue
                    }
                    judge.fault("\(id) is \(status.rawValue), and its number is suppressed since \(moment)")
                } catch {
                    judge.fault("\(id) cannot be read: \(error)")
                }
            }
        }
    }

    private func close() {
        spawn { await self.examine() }
        scheduler.run(until: scheduler.now)
        for task in tasks { task.cancel() }
        scheduler.run(until: scheduler.now + 60_000)
        if scheduler.strangers > 0 { judge.fault("\(scheduler.strangers) jobs came from other threads") }
        scheduler.forget()
    }

    private func examine() async {
        do {
            for call in plan.calls + plan.lateCalls.map(\.call) {
                guard let record = try await store.call(call.id, at: clock.now) else {
                    judge.fault("\(call.id) is gone")
                    continue
                }
                judge.judge(call, record.call.status, attempts: record.call.attempts.count { $0.dial != .planned })
            }
            let (records, _) = try await stops.list(by: caller(CampaignPlan.crowd), limit: 1000, offset: 0)
            for record in records.reversed() { judge.judge(record.stop) }
        } catch {
            judge.fault("the calls cannot be read: \(error)")
        }
    }

    private func outcome() -> Outcome {
        let summary = """
            \(plan.calls.count) calls over three days, \(judge.dials) dials; \(plan.stops.count) stops; the longest wait of an urgent call \
            \(judge.longestUrgent); \(judge.faults.count) faults
            """
        return Outcome(
            summary: ([summary] + judge.summary).joined(separator: "\n"), faults: judge.faults, untried: judge.untried,
            dials: judge.dials)
    }
}
