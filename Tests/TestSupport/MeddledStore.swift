package import CallControl
package import CallCore
import NIOConcurrencyHelpers

/// A store like another one, but for what a test does to it.
package final class MeddledStore: CallStore, OperationStore {
    private struct State {
        var afterDecide: @Sendable (Decided?) async -> Void = { _ in }
        var othersHaveTheDials = false
        var looks = 0
    }

    private let store: any CallStore & OperationStore
    private let state = NIOLockedValueBox(State())

    package init(_ store: any CallStore & OperationStore) { self.store = store }

    /// Between the commit of a decision and its answer.
    package func afterDecide(_ body: @escaping @Sendable (Decided?) async -> Void) {
        state.withLockedValue { $0.afterDecide = body }
    }
    /// Dials that are due are locked by somebody else.
    package func lockDials(_ isLocked: Bool) { state.withLockedValue { $0.othersHaveTheDials = isLocked } }
    /// How often it was asked what is next.
    package var looks: Int { state.withLockedValue(\.looks) }

    package var isShared: Bool { store.isShared }

    package func decide(
        _ id: CallID, proving proof: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? {
        let decided = try await store.decide(
            id, proving: proof, claimingUntil: claimingUntil, for: caller, at: now, by: rule)
        await state.withLockedValue(\.afterDecide)(decided)
        return decided
    }

    package func amend(
        _ id: CallID, for caller: Caller, at now: Moment, by rule: @escaping @Sendable (Call) -> Result<Call, Refusal>
    ) async throws(StoreFailure) -> Result<CallRecord, Refusal>? {
        try await store.amend(id, for: caller, at: now, by: rule)
    }

    package func leaseDials(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [DialLease] {
        if state.withLockedValue(\.othersHaveTheDials) { return [] }
        return try await store.leaseDials(limit, at: now, until: until)
    }

    package func nextWakes() async throws(StoreFailure) -> Wakes {
        state.withLockedValue { $0.looks += 1 }
        return try await store.nextWakes()
    }
}

// What nobody meddles with.
extension MeddledStore {
    package func insert(_ calls: [Call]) async throws(StoreFailure) { try await store.insert(calls) }
    package func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord {
        try await store.insert(call, for: caller)
    }
    package func admitDue(
        _ terms: AdmissionTerms, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Admissions {
        try await store.admitDue(terms, at: now, claimingUntil: claimingUntil, by: rule)
    }
    package func leaseTerminations(
        _ limit: Int, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> [TerminationLease] {
        try await store.leaseTerminations(limit, at: now, until: until)
    }
    package func renew(
        dials: [DialLease], terminations: [TerminationLease], until: Moment
    ) async throws(StoreFailure) { try await store.renew(dials: dials, terminations: terminations, until: until) }
    package func postpone(_ lease: DialLease, until moment: Moment) async throws(StoreFailure) -> Bool {
        try await store.postpone(lease, until: moment)
    }
    package func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment
    ) async throws(StoreFailure) -> Bool { try await store.settle(settlement, of: lease, at: now) }
    package func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName] {
        try await store.markStuck(at: now)
    }
    package func terminate(_ room: RoomName, at now: Moment) async throws(StoreFailure) {
        try await store.terminate(room, at: now)
    }
    package func voidLeases(at now: Moment) async throws(StoreFailure) { try await store.voidLeases(at: now) }
    package func take(
        _ duty: Duty, by node: String, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> Bool { try await store.take(duty, by: node, at: now, until: until) }
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
    package func events(
        of id: CallID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [RecordedEvent] { try await store.events(of: id, after: sequence, limit: limit) }
    package func installation() async throws(StoreFailure) -> Installation { try await store.installation() }
    package func insert(
        _ operation: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> OperationRecord { try await store.insert(operation, for: caller) }
    package func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord? {
        try await store.operation(id)
    }
    package func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult] {
        try await store.results(of: id, after: position, limit: limit)
    }
    package func count(
        _ target: CallControl.Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts { try await store.count(target, live: live, of: organization) }
    package func openOperations() async throws(StoreFailure) -> [OperationID] { try await store.openOperations() }
    package func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool {
        try await store.advance(id, at: now)
    }
    package func openWindowChanges() async throws(StoreFailure) -> [WindowChange] {
        try await store.openWindowChanges()
    }
    package func advance(_ change: WindowChange, at now: Moment) async throws(StoreFailure) -> Bool {
        try await store.advance(change, at: now)
    }
}
