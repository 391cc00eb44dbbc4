import CallControl
import CallCore

/// A store that is away: whatever is asked of it, nobody answers.
struct AbsentStore: CallStore, BatchStore, AgentStore, OrganizationStore, KeyStore, AnswerStore, AuditStore, StopStore,
    SuppressionStore,
    OperationStore, NodeRegister
{
    private var away: StoreFailure { .unavailable("the store is away") }

    func join(_ joining: Joining, at now: Moment) async throws(StoreFailure) -> Joined { throw away }
    func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Roll { throw away }
    func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord { throw away }
    func insert(_ calls: [Call]) async throws(StoreFailure) { throw away }
    func amend(
        _ id: CallID, for caller: Caller, at now: Moment, by rule: @escaping @Sendable (Call) -> Result<Call, Refusal>
    ) async throws(StoreFailure) -> Result<CallRecord, Refusal>? { throw away }
    func decide(
        _ id: CallID, proving: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? { throw away }
    func admitDue(
        _ terms: AdmissionTerms, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Admissions { throw away }
    func leaseDials(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [DialLease] {
        throw away
    }
    func leaseTerminations(
        _ limit: Int, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> [TerminationLease] { throw away }
    func renew(dials: [DialLease], terminations: [TerminationLease], until: Moment) async throws(StoreFailure) {
        throw away
    }
    func postpone(_ lease: DialLease, until moment: Moment) async throws(StoreFailure) -> Bool { throw away }
    func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment
    ) async throws(StoreFailure) -> Bool { throw away }
    func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName] { throw away }
    func terminate(_ room: RoomName, at now: Moment) async throws(StoreFailure) { throw away }
    var isShared: Bool { false }
    func take(_ duty: Duty, by node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Bool {
        throw away
    }
    func voidLeases(at now: Moment) async throws(StoreFailure) { throw away }
    func nextWakes() async throws(StoreFailure) -> Wakes { throw away }
    func liveCalls() async throws(StoreFailure) -> Int { throw away }
    func load(of agent: AgentID, under limits: DialLimits, at now: Moment) async throws(StoreFailure) -> [GateLoad] {
        throw away
    }
    func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) async throws(StoreFailure) -> NumberDials { throw away }
    func takePlace(
        _ gates: [RatedGate], at now: Moment
    ) async throws(StoreFailure) -> GatePlace { throw away }
    func movePlace(_ gates: [RatedGate], from place: Moment, to start: Moment) async throws(StoreFailure) { throw away }
    func openCalls() async throws(StoreFailure) -> [OpenCall] { throw away }
    func agentsAway(since moment: Moment) async throws(StoreFailure) -> [OpenCall] { throw away }
    func dial(of room: RoomName) async throws(StoreFailure) -> Dial? { throw away }
    func openTerminations() async throws(StoreFailure) -> Set<RoomName> { throw away }
    func workload() async throws(StoreFailure) -> Workload { throw away }
    func call(_ id: CallID, at now: Moment) async throws(StoreFailure) -> CallRecord? { throw away }
    func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage { throw away }
    func events(of id: CallID, after sequence: Int64, limit: Int) async throws(StoreFailure) -> [RecordedEvent] {
        throw away
    }
    func repetition(of once: Once) async throws(StoreFailure) -> Repetition? { throw away }
    func forgetAnswers(expiredAt now: Moment, limit: Int) async throws(StoreFailure) -> Int { throw away }
    func auditEntries(
        of organization: OrganizationID, after sequence: Int64, limit: Int
    ) async throws(StoreFailure) -> [AuditEntry] { throw away }
    func auditedOrganizations() async throws(StoreFailure) -> [OrganizationID] { throw away }
    func installation() async throws(StoreFailure) -> Installation { throw away }

    func insert(_ batch: Batch, for caller: Caller) async throws(StoreFailure) -> Batch { throw away }
    func batch(_ id: BatchID, at now: Moment) async throws(StoreFailure) -> BatchRecord? { throw away }
    func guards(
        of id: BatchID
    ) async throws(StoreFailure) -> (organization: OrganizationID, guards: BatchGuards)? { throw away }
    func spending(
        of batch: BatchID, in organization: OrganizationID, from start: Moment
    ) async throws(StoreFailure) -> Budget.Spending { throw away }
    func batches(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (batches: [BatchSummary], total: Int) { throw away }

    func insert(_ agent: Agent, for caller: Caller) async throws(StoreFailure) { throw away }
    func agent(_ id: AgentID) async throws(StoreFailure) -> Agent? { throw away }
    func agents(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (agents: [Agent], total: Int) { throw away }
    func update(
        _ id: AgentID, for caller: Caller, at now: Moment, by change: @escaping @Sendable (Agent) -> Agent
    ) async throws(StoreFailure) -> Agent? { throw away }

    func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? { throw away }
    func update(
        _ id: OrganizationID, for caller: Caller, at now: Moment,
        by change: @escaping @Sendable (Organization) -> Organization
    ) async throws(StoreFailure) -> Organization? { throw away }

    func insert(_ key: APIKey, digest: [UInt8], for caller: Caller) async throws(StoreFailure) { throw away }
    func key(digest: [UInt8]) async throws(StoreFailure) -> APIKey? { throw away }
    func key(_ id: KeyID) async throws(StoreFailure) -> APIKey? { throw away }
    func keys(of organization: OrganizationID) async throws(StoreFailure) -> [APIKey] { throw away }
    func revoke(_ id: KeyID, for caller: Caller, at now: Moment) async throws(StoreFailure) -> APIKey? { throw away }

    func insert(
        _ stop: Stop, draining: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> StopRecord { throw away }
    func release(
        _ id: StopID, reason: String?, freeing: CallControl.Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> StopRelease? { throw away }
    func stop(_ id: StopID) async throws(StoreFailure) -> StopRecord? { throw away }
    func stops(
        of organization: OrganizationID, inForce: Bool?, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (stops: [StopRecord], total: Int) { throw away }
    func lastPause(
        of guarded: Guarded, for cause: Stop.Cause, in organization: OrganizationID
    ) async throws(StoreFailure) -> Stop? { throw away }
    func endings(
        of guarded: Guarded, after since: Moment, amongst limit: Int
    ) async throws(StoreFailure) -> [CallStatus: Int] { throw away }
    func timedStops(limit: Int) async throws(StoreFailure) -> [Stop] { throw away }
    func organization(of batch: BatchID) async throws(StoreFailure) -> OrganizationID? { throw away }
    func suppress(
        _ numbers: [SuppressedNumber], ending: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> Suppressed { throw away }
    func lift(
        _ id: SuppressionID, reason: String?, freeing: CallControl.Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> SuppressedNumber? { throw away }
    func suppression(_ id: SuppressionID) async throws(StoreFailure) -> SuppressedNumber? { throw away }
    func suppressions(_ query: SuppressionQuery) async throws(StoreFailure) -> SuppressionPage { throw away }
    func suppressions(
        of numbers: [PhoneNumber], in organization: OrganizationID
    ) async throws(StoreFailure) -> [PhoneNumber: SuppressionID] { throw away }

    func insert(
        _ operation: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> OperationRecord { throw away }
    func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord? { throw away }
    func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult] { throw away }
    func count(
        _ target: CallControl.Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts { throw away }
    func openOperations() async throws(StoreFailure) -> [OperationID] { throw away }
    func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool { throw away }
    func openWindowChanges() async throws(StoreFailure) -> [WindowChange] { throw away }
    func advance(_ change: WindowChange, at now: Moment) async throws(StoreFailure) -> Bool { throw away }
}
