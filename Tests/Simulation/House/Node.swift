import CallControl
import CallCore
import Dispatching
import Foundation
import LiveKit
import LiveKitPhone
import Logging

/// One switchboard process: a dispatcher, the door for requests and the one for webhooks, over the shared store.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Node: @unchecked Sendable {
    let name: String
    let executor: NodeExecutor
    let bell = Bell()
    let calls: Calls
    let agents: Agents
    let organizations: Organizations
    let stops: Stops
    let operations: Operations
    let reports: LiveKitReports
    private let dispatcher: Dispatcher
    private let store: NodeStore
    private let storage: any Storage
    private let clock: SimulatedClock
    private var tasks: [Task<Void, Never>] = []
    private(set) var running = 0
    /// Halted for good.
    private(set) var isDead = false

    init(_ name: String, _ site: Site, skew: Int64) {
        self.name = name
        executor = NodeExecutor(site.scheduler)
        storage = site.storage
        clock = SimulatedClock(scheduler: site.scheduler, skew: skew)
        let wrote = site.wrote(by: name)
        self.store = NodeStore(
            store: storage.open(on: executor), own: storage.own, clerk: storage.clerk, sky: site.sky, clock: clock,
            auditor: site.auditor, wrote: wrote)
        let wire = SimulatedWire(
            scheduler: site.scheduler, phones: site.phones, sky: site.sky, auditor: site.auditor, trace: site.trace,
            name: name, skew: skew)
        let clock = clock
        let phone = LiveKitPhone(LiveKitClient(wire, pause: { try await clock.sleep(until: clock.now + $0) }))
        let signals = RoomSignals()
        let log = site.log(name)
        let reports = CallReports(
            store: self.store, bell: bell, clock: clock, signals: signals, installation: Auditor.installation)
        dispatcher = Dispatcher(
            store: self.store, phone: phone, reports: reports, clock: clock, bell: bell, signals: signals,
            installation: Auditor.installation, node: name, policy: site.policy,
            jitter: { range in range.lowerBound + (range.upperBound - range.lowerBound) * site.fraction() }, log: log)
        let identifiers = Identifiers(random: { site.ids.bytes($0) })
        calls = Calls(
            store: self.store, agents: self.store, phone: phone, terminator: dispatcher, bell: bell, clock: clock,
            identifiers: identifiers, policy: Calls.Policy(defaultTrunk: site.policy.defaultTrunk))
        agents = Agents(
            store: self.store, bell: bell, operationsBell: dispatcher.operationsBell, clock: clock,
            identifiers: identifiers)
        organizations = Organizations(store: self.store, operationsBell: dispatcher.operationsBell, clock: clock)
        stops = Stops(
            store: self.store, agents: self.store, bell: dispatcher.operationsBell, clock: clock,
            identifiers: identifiers)
        operations = Operations(
            store: self.store, bell: dispatcher.operationsBell, clock: clock, identifiers: identifiers)
        self.reports = LiveKitReports(
            verifier: WebhookVerifier(keys: APIKeys([]), now: { .distantPast }), reports: reports, log: log)
    }

    /// `alone`: the only process of its store, which frees what its predecessor had leased; on a shared one it cannot know.
    func start(alone: Bool) {
        let alone = alone && !store.isShared
        spawn { [store, clock, dispatcher] in
            while alone, !Task.isCancelled, (try? await store.voidLeases(at: clock.now)) == nil {
                try? await clock.sleep(until: clock.now + .milliseconds(500))
            }
            await dispatcher.runUntilCancelled()
        }
    }

    /// Another node has written something.
    func ring() {
        bell.ring()
        dispatcher.operationsBell.ring()
    }

    /// Runs a request beside the dispatcher, as a task of this process.
    func spawn(_ body: @escaping @Sendable () async -> Void) {
        running += 1
        tasks.append(
            Task(executorPreference: executor) { [weak self] in
                await body()
                self?.running -= 1
            })
    }

    /// Halts for good after so many steps; what it has sent goes on without it.
    func die(after steps: Int, then: @escaping @Sendable () -> Void) {
        guard !isDead else { return }
        executor.halt(after: steps) { [weak self] in
            guard let self else { return }
            isDead = true
            storage.died(executor)
            then()
        }
    }

    /// Stands still after so many steps.
    func pause(after steps: Int, then: @escaping @Sendable () -> Void) {
        executor.halt(after: steps) { [weak self] in
            guard let self else { return }
            storage.halted(executor)
            then()
        }
    }

    /// Lets everything that is still there come to its end.
    func bury() {
        executor.resume()
        for task in tasks { task.cancel() }
    }
}
