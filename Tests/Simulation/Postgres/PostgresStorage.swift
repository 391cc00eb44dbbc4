import PostgresStore
import TestSupport

/// PostgreSQL: each node has a store of its own, with connections that are its own.
final class PostgresStorage: Storage {
    let own: any WholeStore
    let clerk: NodeExecutor?
    let server: SimulatedServer
    var contention: Contention? { server.contention }
    private let database: Database
    private let scheduler: Scheduler
    private var seats: [(node: NodeExecutor, seat: SimulatedSeat)] = []

    init(_ database: Database, _ scheduler: Scheduler, _ sky: Sky, _ trace: Trace) throws {
        try database.clear()
        self.database = database
        self.scheduler = scheduler
        server = SimulatedServer(database, scheduler, sky, trace)
        let clerk = NodeExecutor(scheduler, isUrgent: true)
        self.clerk = clerk
        own = PostgresStore(database.url, seat: { [server] _ in SimulatedSeat(of: clerk, at: server) })
    }

    /// Nobody waits for so long: what would make it wait is told at once.
    private static let patience = Patience(lock: .zero, change: .zero, look: .zero, idle: .zero)
    /// After which a server ends the session of a node that stands still amid a transaction, in milliseconds.
    private static let idleEnds: Int64 = 30_000

    func open(on node: NodeExecutor) -> any WholeStore {
        let scheduler = scheduler
        let began = ContinuousClock.now
        let start = scheduler.now
        return PostgresStore(
            database.url, patience: Self.patience,
            now: { began + .milliseconds(scheduler.now - start) },
            seat: { _ in
                let seat = SimulatedSeat(of: node, at: self.server)
                self.seats.append((node, seat))
                return seat
            })
    }

    func died(_ node: NodeExecutor) { server.end(backends(of: node)) }

    func halted(_ node: NodeExecutor) {
        let backends = backends(of: node)
        scheduler.alarm(at: scheduler.now + Self.idleEnds) { [server] in
            if !node.isRunning { server.endIdle(backends) }
        }
    }

    private func backends(of node: NodeExecutor) -> [Int32] {
        seats.compactMap { $0.node === node ? $0.seat.backend : nil }
    }
}
