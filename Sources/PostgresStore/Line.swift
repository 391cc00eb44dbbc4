/// The connection of one lane, made anew after it broke.
///
/// Confined to its lane's thread.
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

    /// Where the server is away, it is asked again after 50 ms and then after twice as long each time, up to 2 s; whoever comes
    /// meanwhile is told at once.
    func run(
        _ statements: [Statement], reconnecting: Bool
    ) throws(StatementFailure) -> [Result<Rows, StatementFailure>] {
        let isFresh = connection == nil
        do {
            return try connected().pipeline(statements)
        } catch {
            connection = nil
            // The server was restarted while nobody asked: nothing of these has been done, so that they may be sent again.
            guard reconnecting, !isFresh else { throw error }
            return try run(statements, reconnecting: false)
        }
    }

    /// The connection may be in any state.
    func drop() { connection = nil }

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
