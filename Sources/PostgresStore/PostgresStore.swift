import CallControl
import CallCore
import StoredRows
import Synchronization

/// The store for several nodes: one PostgreSQL, which all of them use.
///
/// A few connections, each on a thread of its own. Decisions about one call always go over the same one, so that they share
/// transactions instead of waiting for each other's row.
package final class PostgresStore: Sendable {
    private let deciders: [Lane]
    /// For what takes its calls itself, and so has its transactions alone.
    private let sweeper: Lane
    /// For what changes the admission of many calls, and must not wait behind a sweep.
    private let orders: Lane
    /// For the leases and duties of this node, which run out where they must wait.
    private let leases: Lane
    /// For short questions, which no list may hold up: by key, and what the dispatcher must know.
    private let lookUps: Lane
    /// For the one question, or two, that every request begins with.
    private let glances: Lane
    private let readers: [Lane]
    /// For the purge, which nobody waits for; it connects where there is one.
    private let purges: Lane
    private let turn = Atomic<Int>(0)

    /// A store on a database that `Migrator` has made current; it connects when it is asked something.
    ///
    /// - Parameters:
    ///   - url: a connection string of libpq's, `postgres://…`.
    ///   - seat: one for each lane, by its name; nil: threads of their own.
    package init(
        _ url: String, patience: Patience = Patience(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, seat: ((String) -> any Seat)? = nil
    ) {
        func lane(_ kind: Lane.Kind, _ name: String) -> Lane {
            let settings = kind == .writes ? patience.forWrites : patience.forReads
            let place = seat?(name)
            let line = Line(now: now) { () throws(StatementFailure) in
                let connection = try Connection(url, settings: settings, patience: patience.answer)
                connection.seat = place
                return connection
            }
            return Lane(kind, line, on: place ?? Thread(label: "postgres \(name)"), now: now)
        }
        deciders = [lane(.writes, "decisions 1"), lane(.writes, "decisions 2")]
        sweeper = lane(.writes, "sweeps")
        orders = lane(.writes, "orders")
        leases = lane(.writes, "leases")
        lookUps = lane(.reads, "look-ups")
        glances = lane(.glances, "glances")
        readers = [lane(.reads, "reads 1"), lane(.reads, "reads 2")]
        purges = lane(.writes, "purges")
    }

    /// One transaction, shared with whatever else is written now.
    func write<Value: Sendable>(
        _ subject: Subject, _ body: @Sendable (Transaction) async throws -> Value
    ) async throws(StoreFailure) -> Value {
        switch subject {
        case .call(let id): try await deciders[id.lane(of: deciders.count)].perform(subject, body)
        case .nothing: try await soonest.perform(subject, body)
        case .many: try await sweeper.perform(subject, body)
        case .order: try await orders.perform(subject, body)
        case .lease: try await leases.perform(subject, body)
        }
    }

    /// One read on a snapshot, which it may share.
    func read<Value: Sendable>(
        _ body: @Sendable (Transaction) async throws -> Value
    ) async throws(StoreFailure) -> Value {
        try await readers[next % readers.count].perform(.nothing, body)
    }

    /// As `read`, for what is found by its key.
    func lookUp<Value: Sendable>(
        _ body: @Sendable (Transaction) async throws -> Value
    ) async throws(StoreFailure) -> Value {
        try await lookUps.perform(.nothing, body)
    }

    /// One transaction beside all others, for what nobody waits for.
    func aside<Value: Sendable>(
        _ body: @Sendable (Transaction) async throws -> Value
    ) async throws(StoreFailure) -> Value {
        try await purges.perform(.many, body)
    }

    /// As `lookUp`, for one statement.
    func glance<Value: Sendable>(
        _ body: @Sendable (Transaction) async throws -> Value
    ) async throws(StoreFailure) -> Value {
        try await glances.perform(.nothing, body)
    }

    /// Who comes at the same time is to be in one transaction: the first lane, as long as it is not under way.
    private var soonest: Lane { deciders.first { !$0.isUnderWay.load(ordering: .relaxed) } ?? deciders[0] }

    private var next: Int { turn.wrappingAdd(1, ordering: .relaxed).newValue & Int.max }
}

extension CallID {
    /// The same at all times: the standard library's hash is another in each process, which would be as good, but not to think about.
    fileprivate func lane(of count: Int) -> Int {
        Int(rawValue.utf8.reduce(UInt32(5381)) { $0 &* 33 &+ UInt32($1) } % UInt32(count))
    }
}
