import PostgresStore

/// The place of one lane of a node's store on the scheduler's one thread.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class SimulatedSeat: Seat, @unchecked Sendable {
    let node: NodeExecutor
    private let server: SimulatedServer
    /// The server's process that this lane last sent something to.
    private(set) var backend: Int32?

    init(of node: NodeExecutor, at server: SimulatedServer) {
        self.node = node
        self.server = server
    }

    func enqueue(_ job: consuming ExecutorJob) {
        node.scheduler.enqueue(Step(work: .job(UnownedJob(job)), node: node, seat: self))
    }

    func async(_ work: @escaping @Sendable () -> Void) {
        node.scheduler.enqueue(Step(work: .turn(work), node: node, seat: self))
    }

    /// Its transactions take no time, and so nobody pauses between them.
    func after(_ pause: Duration, _ work: @escaping @Sendable () -> Void) { async(work) }

    func checkIsolated() {
        precondition(node.scheduler.seat === self, "another lane runs")
    }

    func depart(for backend: Int32) {
        self.backend = backend
        server.depart(self, backend)
    }

    func wait(for backend: Int32, on socket: Int32) { server.wait(self, backend, socket) }
}
