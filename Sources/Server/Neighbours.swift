import CallControl
import ServiceLifecycle

/// The other nodes of the same database: what is announced here rings their bells, and the other way round.
struct Neighbours: Service {
    private enum Topic: String { case calls, operations }

    /// Rung when there may be a call to dial or a phone to hang up.
    let calls: Bell
    /// Rung when there is an operation to carry out.
    let operations: Bell
    private let wire: (any NodeWire)?

    /// Only a PostgreSQL has others.
    init(_ database: DatabaseSetting, node: String) {
        guard case .postgres(let address) = database, let wire = address.wire(of: node) else {
            (wire, calls, operations) = (nil, Bell(), Bell())
            return
        }
        self.wire = wire
        calls = Bell { wire.tell(Topic.calls.rawValue) }
        operations = Bell { wire.tell(Topic.operations.rawValue) }
    }

    func run() async throws {
        guard let wire else { return try await gracefulShutdown() }
        await wire.run { topic in
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

/// A line on which each node hears what the others announce.
protocol NodeWire: Sendable {
    func tell(_ topic: String)
    /// Until cancelled; `nil`: something may have been missed.
    func run(hearing heard: @escaping @Sendable (_ topic: String?) -> Void) async
}
