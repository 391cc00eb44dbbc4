import CallControl
import PostgresStore
import ServiceLifecycle

/// The other nodes of the same database: what is announced here rings their bells, and the other way round.
struct Neighbours: Service {
    private enum Topic: String { case calls, operations }

    /// Rung when there may be a call to dial or a phone to hang up.
    let calls: Bell
    /// Rung when there is an operation to carry out.
    let operations: Bell
    private let telegraph: Telegraph?

    /// Only a PostgreSQL has others.
    init(_ database: DatabaseSetting, node: String) {
        guard case .postgres(let address) = database else {
            (telegraph, calls, operations) = (nil, Bell(), Bell())
            return
        }
        let telegraph = Telegraph(address.reveal(), node: node)
        self.telegraph = telegraph
        calls = Bell { telegraph.tell(Topic.calls.rawValue) }
        operations = Bell { telegraph.tell(Topic.operations.rawValue) }
    }

    func run() async throws {
        guard let telegraph else { return try await gracefulShutdown() }
        await telegraph.run { topic in
            switch topic.flatMap(Topic.init(rawValue:)) {
            case .calls: calls.ring()
            case .operations: operations.ring()
            case nil:
                calls.ring()
                operations.ring()
            }
        }
    }
}
