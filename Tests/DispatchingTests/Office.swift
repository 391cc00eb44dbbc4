import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore
import TestSupport

/// A dispatcher on a movable clock, with a phone that does what it is told.
struct Office: Sendable {
    let clock: MovableClock
    let store: SQLiteStore
    /// What the dispatcher takes for the store.
    let meddled: MeddledStore
    let phone: ScriptedPhone
    let calls: Calls
    let agents: Agents
    let stops: Stops
    let operations: Operations
    let caller: Caller
    let agent: Agent
    /// The same calls, where nothing can be written down.
    let callsOnFullDisk: Calls
    let callsInDoubt: Calls
    private let dispatcher: Dispatcher

    init(
        agentName: String? = nil, hangUpWithin: Duration = .seconds(2), jitter: Double = 1,
        _ change: (inout DispatchPolicy) -> Void = { _ in }
    ) async throws {
        let store = try SQLiteStore(.memory, installation: "t")
        let clock = MovableClock()
        let caller = Caller(
            key: KeyID(rawValue: "key_1"), organization: OrganizationID(rawValue: "acme"), role: .admin)
        let agent = try await Agents(store: store, bell: Bell(), operationsBell: Bell(), clock: clock).create(
            name: "A", by: caller
        ) {
            $0.agentName = agentName
        }
        var policy = DispatchPolicy()
        policy.defaultTrunk = "ST_1"
        // The clock stands still until it is moved, and so would all calls but the first.
        policy.limits.dialsPerSecond = 10_000_000
        change(&policy)
        self.init(store, ScriptedPhone(), clock, caller, agent, policy, hangUpWithin, jitter)
    }

    private init(
        _ store: SQLiteStore, _ phone: ScriptedPhone, _ clock: MovableClock, _ caller: Caller, _ agent: Agent,
        _ policy: DispatchPolicy, _ hangUpWithin: Duration, _ jitter: Double = 1
    ) {
        self.store = store
        let meddled = MeddledStore(store)
        self.meddled = meddled
        self.phone = phone
        self.clock = clock
        self.caller = caller
        self.agent = agent
        let bell = Bell()
        let signals = RoomSignals()
        var log = Logger(label: "office")
        log.logLevel = .critical
        dispatcher = Dispatcher(
            store: meddled, phone: phone,
            reports: CallReports(store: store, bell: bell, clock: clock, signals: signals, installation: "t"),
            clock: clock, bell: bell, signals: signals, installation: "t", policy: policy,
            jitter: { range in
                min(max(jitter, range.lowerBound), range.upperBound)
            }, log: log)
        var calling = Calls.Policy(defaultTrunk: "ST_1")
        calling.hangUpWithin = hangUpWithin
        calls = Calls(
            store: store, agents: store, phone: phone, terminator: dispatcher, bell: bell, clock: clock, policy: calling
        )
        callsOnFullDisk = Calls(
            store: FullStore(store), agents: store, phone: phone, terminator: dispatcher, bell: bell, clock: clock,
            policy: calling)
        callsInDoubt = Calls(
            store: FullStore(store, decides: true), agents: store, phone: phone, terminator: dispatcher, bell: bell,
            clock: clock, policy: calling)
        agents = Agents(store: store, bell: bell, operationsBell: dispatcher.operationsBell, clock: clock)
        stops = Stops(store: store, agents: store, bell: dispatcher.operationsBell, clock: clock)
        operations = Operations(store: store, bell: dispatcher.operationsBell, clock: clock)
    }

    /// The same house after a restart: a new dispatcher on the old store.
    func reopened() -> Office {
        var policy = DispatchPolicy()
        policy.defaultTrunk = "ST_1"
        // The clock stands still until it is moved, and so would all calls but the first.
        policy.limits.dialsPerSecond = 10_000_000
        return Office(store, phone, clock, caller, agent, policy, .seconds(2))
    }

    /// Runs the dispatcher beside `body`.
    func open(_ body: @Sendable (Office) async throws -> Void) async throws {
        try await withTaskExecutorPreference(SerialTasks()) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.dispatcher.run() }
                try await body(self)
                group.cancelAll()
            }
        }
    }

    /// Dials stay in flight until the gate opens; then nobody has answered.
    func holdDials() -> Gate {
        let gate = Gate()
        phone.onDial { _ in
            await gate.pass()
            return .failed(.notAnswered)
        }
        return gate
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

    /// Moves the clock on until the call is as wanted.
    @discardableResult
    func run(until id: CallID, _ wanted: (CallRecord) -> Bool) async throws -> CallRecord {
        for _ in 0..<5000 {
            let record = try await record(id)
            if wanted(record) { return record }
            // Small steps: a clock that leaps while a commit is under way is a machine that slept.
            clock.advance(by: .milliseconds(100))
            await SerialTasks.settle()
        }
        throw Unexpected()
    }

    /// A call with its phone and its agent in the room, and nobody left who waits for its dial.
    func talk() async throws -> CallID {
        let id = try await schedule()
        let now = clock.now
        let terms = AdmissionTerms(limits: DialLimits(dialsPerSecond: 10_000_000), atMost: 1)
        let lease = try await store.admitDue(terms, at: now, claimingUntil: now + .seconds(8)) { call, scene in
            let room = RoomName(installation: "t", call: call.id, attempt: 1)
            return call.receiving(.lineFree(room), in: scene, at: now)
        }.admitted.first?.dial
        guard let lease, lease.call.id == id else { throw Unexpected() }
        for (event, closing) in [
            (CallEvent.sendDial(deadline: now + .seconds(34), LiveKitIDs()), false),
            (.answered(LiveKitIDs(participant: "PA_1"), dialReturned: true), true),
        ] {
            _ = try await store.decide(
                id, proving: DialProof(lease, closing: closing), claimingUntil: nil, at: now
            ) { call, scene in
                call.receiving(event, about: lease.room, in: scene, at: now)
            }
        }
        return id
    }

    func room(_ id: CallID) -> RoomName { RoomName(installation: "t", call: id, attempt: 1) }

    /// Moves the clock on, in steps that leave the work between them time to be done, until it is as wanted.
    ///
    /// Returns the time at which it was; no more than `limit` passes.
    @discardableResult
    func pass(
        _ limit: Duration, step: Duration = .milliseconds(250), until wanted: () async throws -> Bool
    ) async throws -> Moment {
        let end = clock.now + limit
        while true {
            // The lease keeper and the reconciler sleep: what was due for them is done.
            await clock.waitForSleepers(2)
            for _ in 0..<8 {
                if try await wanted() { return clock.now }
                await SerialTasks.settle()
            }
            guard clock.now < end else { throw Unexpected() }
            clock.advance(by: step)
        }
    }

    struct Unexpected: Error {}
}
