package import CallControl
package import CallCore
package import NIOConcurrencyHelpers

/// A store on a full disk: it can be read, and nothing can be written.
///
/// As one that nodes share, it counts how often somebody asks for a duty, which another node has. With `decides` a decision is
/// written all the same, and only nobody hears of it: the connection broke while the commit was under way.
package struct FullStore: CallStore, OperationStore {
    private let store: any CallStore & OperationStore
    private let asked: NIOLockedValueBox<Int>?
    private let decides: Bool
    private var full: StoreFailure { .unavailable("the disk is full") }

    package init(
        _ store: any CallStore & OperationStore, sharedAndAsked asked: NIOLockedValueBox<Int>? = nil,
        decides: Bool = false
    ) {
        self.store = store
        self.asked = asked
        self.decides = decides
    }

    package func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord { throw full }
    package func insert(_ calls: [Call]) async throws(StoreFailure) { throw full }
    package func amend(
        _ id: CallID, for caller: Caller, at now: Moment, by rule: @escaping @Sendable (Call) -> Result<Call, Refusal>
    ) async throws(StoreFailure) -> Result<CallRecord, Refusal>? { throw full }
    package func decide(
        _ id: CallID, proving: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? {
        if decides {
            _ = try await store.decide(
                id, proving: proving, claimingUntil: claimingUntil, for: caller, at: now, by: rule)
        }
        throw full
    }
    package func admitDue(
        _ terms: AdmissionTerms, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Admissions { throw full }
    package func leaseDials(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [DialLease] {
        throw full
    }
    package func leaseTerminations(
        _ limit: Int, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> [TerminationLease] { throw full }
    package func renew(
        dials: [DialLease], terminations: [TerminationLease], until: Moment
    ) async throws(StoreFailure) { throw full }
    package func postpone(_ lease: DialLease, until moment: Moment) async throws(StoreFailure) -> Bool { throw full }
    package func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment
    ) async throws(StoreFailure) -> Bool { throw full }
    package func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName] { throw full }
    package func terminate(_ room: RoomName, at now: Moment) async throws(StoreFailure) { throw full }
    package var isShared: Bool { asked != nil || store.isShared }
    package func take(
        _ duty: Duty, by node: String, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> Bool {
        guard let asked else { throw full }
        asked.withLockedValue { $0 += 1 }
        return false
    }
    package func voidLeases(at now: Moment) async throws(StoreFailure) { throw full }

    package func nextWakes() async throws(StoreFailure) -> Wakes { try await store.nextWakes() }
    package func events(
        of id: CallID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [RecordedEvent] { try await store.events(of: id, after: sequence, limit: limit) }
    package func liveCalls() async throws(StoreFailure) -> Int { try await store.liveCalls() }
    package func load(
        of agent: AgentID, under limits: DialLimits, at now: Moment
    ) async throws(StoreFailure) -> [GateLoad] {
        try await store.load(of: agent, under: limits, at: now)
    }
    package func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) async throws(StoreFailure) -> NumberDials {
        try await store.dials(to: number, of: organization, under: limit, at: now)
    }
    package func takePlace(
        _ gates: [RatedGate], at now: Moment
    ) async throws(StoreFailure) -> GatePlace { try await store.takePlace(gates, at: now) }
    package func movePlace(
        _ gates: [RatedGate], from place: Moment, to start: Moment
    ) async throws(StoreFailure) { try await store.movePlace(gates, from: place, to: start) }
    package func openCalls() async throws(StoreFailure) -> [OpenCall] { try await store.openCalls() }
    package func agentsAway(since moment: Moment) async throws(StoreFailure) -> [OpenCall] {
        try await store.agentsAway(since: moment)
    }
    package func dial(of room: RoomName) async throws(StoreFailure) -> Dial? { try await store.dial(of: room) }
    package func openTerminations() async throws(StoreFailure) -> Set<RoomName> { try await store.openTerminations() }
    package func workload() async throws(StoreFailure) -> Workload { try await store.workload() }
    package func call(_ id: CallID, at now: Moment) async throws(StoreFailure) -> CallRecord? {
        try await store.call(id, at: now)
    }
    package func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage {
        try await store.calls(query, at: now)
    }
    package func installation() async throws(StoreFailure) -> Installation { try await store.installation() }

    package func insert(
        _ operation: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> OperationRecord { throw full }
    package func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord? {
        try await store.operation(id)
    }
    package func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult] { try await store.results(of: id, after: position, limit: limit) }
    package func count(
        _ target: CallControl.Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts { try await store.count(target, live: live, of: organization) }
    package func openOperations() async throws(StoreFailure) -> [OperationID] { try await store.openOperations() }
    package func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool { throw full }
    package func openWindowChanges() async throws(StoreFailure) -> [WindowChange] {
        try await store.openWindowChanges()
    }
    package func advance(_ change: WindowChange, at now: Moment) async throws(StoreFailure) -> Bool { throw full }
}
