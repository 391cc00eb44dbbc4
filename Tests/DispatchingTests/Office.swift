import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore
import TestSupport

/// A dispatcher on a movable clock, with a phone that does what it is told.
struct Office: Sendable {
    let clock = MovableClock()
    let store: SQLiteStore
    let phone = ScriptedPhone()
    let calls: Calls
    let caller = Caller(key: KeyID(rawValue: "key_1"), organization: OrganizationID(rawValue: "acme"), role: .admin)
    let agent: Agent
    let bell = Bell()
    private let dispatcher: Dispatcher

    init(_ change: (inout DispatchPolicy) -> Void = { _ in }) async throws {
        store = try SQLiteStore(.memory, installation: "t")
        var policy = DispatchPolicy()
        policy.defaultTrunk = "ST_1"
        change(&policy)
        let signals = RoomSignals()
        var log = Logger(label: "office")
        log.logLevel = .critical
        dispatcher = Dispatcher(
            store: store, phone: phone,
            reports: CallReports(store: store, bell: bell, clock: clock, signals: signals, installation: "t"),
            clock: clock, bell: bell, signals: signals, installation: "t", policy: policy, jitter: { _ in 1 }, log: log)
        calls = Calls(
            store: store, agents: store, phone: phone, terminator: dispatcher, bell: bell, clock: clock,
            policy: Calls.Policy(defaultTrunk: "ST_1"))
        agent = try await Agents(store: store, bell: bell, clock: clock).create(name: "A", by: caller) { _ in }
    }

    /// Runs the dispatcher beside `body`.
    func open(_ body: @Sendable (Office) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.dispatcher.run() }
            try await body(self)
            group.cancelAll()
        }
    }

    @discardableResult
    func schedule(in delay: Duration? = nil, priority: Int = 5) async throws -> CallID {
        guard let phone = PhoneNumber("+15005550001") else { throw Unexpected() }
        var order = CallOrder(agent: agent.id, contact: Contact(phone: phone))
        order.scheduledAt = delay.map { clock.now + $0 }
        order.priority = priority
        return try await calls.schedule(order, by: caller).call.id
    }

    func record(_ id: CallID) async throws -> CallRecord { try await calls.get(id, by: caller) }

    /// Moves the clock from sleeper to sleeper until the call is as wanted.
    @discardableResult
    func run(until id: CallID, _ wanted: (CallRecord) -> Bool) async throws -> CallRecord {
        for _ in 0..<5000 {
            let record = try await record(id)
            if wanted(record) { return record }
            _ = clock.advanceToNextSleeper()
            await Task.yield()
        }
        throw Unexpected()
    }

    struct Unexpected: Error {}
}
