import CallControl
import Dispatching
import Logging

/// What all nodes of a seed share.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Site: @unchecked Sendable {
    let scheduler: Scheduler
    let phones: PhoneWorld
    let sky: Sky
    let auditor: Auditor
    let trace: Trace
    let ids: Chance
    let storage: any Storage
    let policy: DispatchPolicy
    private let jitter: Chance
    /// Those that are up, or will be again.
    var nodes: [Node] = []

    init(_ plan: Plan, trace: Trace, scheduler: Scheduler, database: Database?) throws {
        self.scheduler = scheduler
        self.trace = trace
        phones = PhoneWorld(scheduler, settings: plan.network)
        let sky = Sky(plan.weather, seed: plan.seed)
        self.sky = sky
        let auditor = Auditor(scheduler, phones, trace, plan, isShared: database != nil)
        self.auditor = auditor
        if let database {
            let postgres = try PostgresStorage(database, scheduler, sky, trace)
            postgres.server.onTrouble = { [weak auditor] in auditor?.fault("server", "\($0)") }
            storage = postgres
        } else {
            storage = try MemoryStorage()
        }
        ids = Chance(seed: plan.seed, 21)
        jitter = Chance(seed: plan.seed, 22)
        policy = plan.policy
    }

    func fraction() -> Double { Double(jitter.next() >> 11) / Double(1 << 53) }

    /// A shared store tells its other nodes that something was written; a lone one needs nobody for that.
    ///
    /// Between servers of a PostgreSQL that takes a while, and may get lost.
    func wrote(by name: String) -> @Sendable () -> Void {
        { [weak self] in
            guard let self, nodes.count > 1 else { return }
            for node in nodes where node.name != name {
                guard storage.own.isShared else {
                    node.ring()
                    continue
                }
                if let delay = sky.telegram() { scheduler.alarm(at: scheduler.now + delay) { node.ring() } }
            }
        }
    }

    func log(_ node: String) -> Logger {
        guard trace.keepsLines else {
            var log = Logger(label: node) { _ in SwiftLogNoOpLogHandler() }
            log.logLevel = .critical
            return log
        }
        return Logger(label: node) { _ in TraceLog(trace: trace, node: node) }
    }
}
