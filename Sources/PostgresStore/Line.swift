/// The connection of one lane, made anew after it broke.
///
/// Confined to its lane.
final class Line {
    private let open: @Sendable () throws(StatementFailure) -> Connection
    private let now: @Sendable () -> ContinuousClock.Instant
    private var connection: Connection?
    private var misses = 0
    private var nextTry: ContinuousClock.Instant?
    private var lastFailure = StatementFailure.lost("not connected yet")

    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        open: @escaping @Sendable () throws(StatementFailure) -> Connection
    ) {
        self.now = now
        self.open = open
    }

    /// Sends what a transaction begins with.
    ///
    /// Where the server is away, it is asked again after 50 ms and then after twice as long each time, up to 2 s; whoever comes
    /// meanwhile is told at once.
    func begin(_ statements: [Statement]) throws(StatementFailure) -> [Result<Rows, StatementFailure>] {
        try run(statements, on: try connected())
    }

    /// Sends what a transaction goes on with; that is lost with the connection on which it began.
    func proceed(_ statements: [Statement]) throws(StatementFailure) -> [Result<Rows, StatementFailure>] {
        guard let connection else { throw lastFailure }
        return try run(statements, on: connection)
    }

    /// The connection may be in any state.
    func drop() { connection = nil }

    /// False: the transaction that was begun is gone, and nothing of it was done.
    var isOpen: Bool { connection?.isOpen == true }

    private func run(
        _ statements: [Statement], on connection: Connection
    ) throws(StatementFailure) -> [Result<Rows, StatementFailure>] {
        do {
            return try connection.pipeline(statements)
        } catch {
            self.connection = nil
            lastFailure = error
            throw error
        }
    }

    private func connected() throws(StatementFailure) -> Connection {
        if let connection { return connection }
        if let nextTry, now() < nextTry { throw lastFailure }
        do {
            let new = try open()
            connection = new
            (misses, nextTry) = (0, nil)
            return new
        } catch {
            misses = min(misses + 1, 7)
            nextTry = now() + .milliseconds(min(2000, 25 << misses))
            lastFailure = error
            throw error
        }
    }
}
