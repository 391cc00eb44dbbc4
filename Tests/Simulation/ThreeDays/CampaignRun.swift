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
    private let executor: NodeExecutor
    private var tasks: [Task<Void, Never>] = []

    private init(calls: Int, seed: UInt64) throws {
        plan = CampaignPlan(calls: calls, seed: seed)
        scheduler = Scheduler(seed: seed, now: CampaignPlan.start)
        clock = SimulatedClock(scheduler: scheduler)
        store = try SQLiteStore(.memory, installation: Auditor.installation)
        phone = CampaignPhone(clock, Chance(seed: seed, 12))
        judge = CampaignJudge(plan)
        executor = NodeExecutor(scheduler)
        let signals = RoomSignals()
        reports = CallReports(
            store: store, bell: bell, clock: clock, signals: signals, installation: Auditor.installation)
        var policy = DispatchPolicy()
        policy.limits = plan.limits
        let jitter = Chance(seed: seed, 13)
        dispatcher = Dispatcher(
            store: store, phone: phone, reports: reports, clock: clock, bell: bell, signals: signals,
            installation: Auditor.installation, policy: policy,
            jitter: { $0.lowerBound + ($0.upperBound - $0.lowerBound) * Double(jitter.draw(0...1000)) / 1000 },
            log: Logger(label: "campaign") { _ in SwiftLogNoOpLogHandler() })
        let random = Chance(seed: seed, 14)
        stops = Stops(
            store: store, agents: store, bell: dispatcher.operationsBell, clock: clock,
            identifiers: Identifiers(random: { random.bytes($0) }))
    }

    /// What came of it, in words; `faults` is empty where all was kept.
    package struct Outcome: Sendable {
        package let summary: String
        package let faults: [String]
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
        phone.onDial = { [judge] in judge.dialled($0, at: $1) }
        phone.onEnd = { [weak self, judge] order, status, reason, now in
            judge.ended(order, status, reason, at: now)
            if status != .completed { self?.judge.silent(order.room, of: order.call.agent) }
        }
        phone.onAnswer = { [weak self] room, talk in
            guard let self else { return }
            scheduler.alarm(at: scheduler.now + talk.milliseconds) { [weak self] in self?.hangUp(room) }
        }
        spawn { await self.fill() }
        scheduler.run(until: CampaignPlan.start)
        for stop in plan.stops { scheduler.alarm(at: CampaignPlan.start + stop.at) { [weak self] in self?.set(stop) } }
        spawn { [dispatcher] in await dispatcher.runUntilCancelled() }
    }

    private func fill() async {
        do {
            for agent in plan.agents { try await store.insert(agent, for: .commandLine(for: agent.organization)) }
            for first in stride(from: 0, to: plan.calls.count, by: 1000) {
                try await store.insert(Array(plan.calls[first..<min(first + 1000, plan.calls.count)]))
            }
        } catch {
            judge.fault("the calls cannot be stored: \(error)")
        }
    }

    /// Whoever was called has said enough.
    private func hangUp(_ room: RoomName) {
        phone.hangUp(room)
        if let (id, _) = room.call(installation: Auditor.installation),
            let call = judge.calls[id]
        {
            judge.silent(room, of: call.agent)
        }
        spawn { [reports] in
            try? await reports.report(.left(Departure(reason: .clientInitiated, wasAnswered: true)), from: room)
        }
    }

    private func set(_ planned: CampaignPlan.PlannedStop) {
        let caller = Caller(key: KeyID(rawValue: "key_1"), organization: planned.organization, role: .admin)
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
            for call in plan.calls {
                guard let record = try await store.call(call.id, at: clock.now) else {
                    judge.fault("\(call.id) is gone")
                    continue
                }
                judge.judge(call, record.call.status, attempts: record.call.attempts.count { $0.dial != .planned })
            }
        } catch {
            judge.fault("the calls cannot be read: \(error)")
        }
    }

    private func outcome() -> Outcome {
        let gates = judge.fullest.sorted { $0.key < $1.key }.map { name, most in
            "\(name): \(most.perSecond) in a second, \(most.live) live"
        }
        let summary = """
            \(plan.calls.count) calls over three days, \(judge.dials) dials; \(plan.stops.count) stops; the longest wait of an urgent call \
            \(judge.longestUrgent); the most at each gate: \(gates.joined(separator: "; ")); \(judge.faults.count) faults
            """
        return Outcome(summary: summary, faults: judge.faults, dials: judge.dials)
    }
}
