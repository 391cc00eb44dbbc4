/// Where the jobs of one lane run, one after the other, and from where it reaches the server.
///
/// In a server that is a thread of the lane's own. A simulation has one thread for all lanes: there the seat says whose turn it is, and
/// what becomes of connections.
package protocol Seat: SerialExecutor, TaskExecutor {
    /// Behind all that was enqueued before.
    func async(_ work: @escaping @Sendable () -> Void)
    /// As `async`, after a pause.
    func after(_ pause: Duration, _ work: @escaping @Sendable () -> Void)
    /// Something is about to be sent to this process of the server.
    func depart(for backend: Int32)
    /// It was sent, and the thread is about to wait for the answer.
    func wait(for backend: Int32, on socket: Int32)
}
