import StoredRows

/// How long a store waits for its server, which gives up first: so that it says why.
package struct Patience: Sendable {
    /// For a lock that somebody else holds.
    package var lock: Duration
    /// For a statement that writes.
    package var change: Duration
    /// For a statement that only reads.
    package var look: Duration
    /// For a transaction that only reads and that nothing is heard of.
    package var idle: Duration
    /// For one that writes: its node was stopped, and others want its locks.
    package var idleWithLocks: Duration
    /// Without a byte of an answer, after which the server counts as away.
    package var answer: Duration

    package init(
        lock: Duration = .seconds(5), change: Duration = .seconds(10), look: Duration = .seconds(15),
        idle: Duration = .seconds(30), idleWithLocks: Duration = .seconds(2), answer: Duration = .seconds(20)
    ) {
        self.lock = lock
        self.change = change
        self.look = look
        self.idle = idle
        self.idleWithLocks = idleWithLocks
        self.answer = answer
    }

    var forReads: Connection.Settings {
        [("statement_timeout", Self.text(look)), ("idle_in_transaction_session_timeout", Self.text(idle))]
    }

    var forWrites: Connection.Settings {
        [
            // What was acknowledged survives the power: a server that is set to say so before the sync must not, for us.
            ("synchronous_commit", "on"),
            ("statement_timeout", Self.text(change)), ("lock_timeout", Self.text(lock)),
            ("idle_in_transaction_session_timeout", Self.text(idleWithLocks)),
        ]
    }

    private static func text(_ duration: Duration) -> String { "\(Int64(duration / .milliseconds(1)))ms" }
}
