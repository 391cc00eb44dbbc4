package import CallCore

/// Where calls, their attempts, dials and terminations are kept.
///
/// One contract suite holds every implementation to this.
///
/// A rule is pure and synchronous: it runs inside the store's transaction, possibly twice, possibly beside others in one commit;
/// rules for one call run one after the other, each on its predecessor's result. What a method returned is durable.
package protocol CallStore: DutyStore {
    /// Dispatchers of other processes may work on it beside this one.
    ///
    /// Then nothing is forgotten at a start, nobody hears of everything that is written, and limits hold over all of them.
    var isShared: Bool { get }

    /// Stores a new call, held if its agent is inactive or a stop has it in its scope, and put off where a window is closed that it has
    /// from its agent or its organization; fails as `suppressed` where its number is. Durable on return, as it stood then.
    func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord
    /// Stores many new calls as one change, all of them or none; each is held as a single one would be. Durable on return.
    /// One to a suppressed number ends when it would be dialled.
    ///
    /// No answer is kept for a request that may be repeated.
    func insert(_ calls: [Call]) async throws(StoreFailure)

    /// One transaction: reads the call, runs the rule, writes what it decided. Nil: no such call.
    ///
    /// `proving` makes the decision conditional on a dial lease that is still held; `closing` also ends that dial's row, so that
    /// no outcome is lost between the two. Terminations that the rule asks for come back leased to the caller until
    /// `claimingUntil`, or lie ready for the lane at once where that is nil. `caller`: a client asked for it; where the call moves, that
    /// is an entry of the audit log.
    func decide(
        _ id: CallID, proving: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided?

    /// One transaction: reads the call, runs the rule, and writes what it changed of schedule, priority and metadata. Nil: no such
    /// call.
    ///
    /// Where it changes something, that is an entry of the audit log.
    func amend(
        _ id: CallID, for caller: Caller, at now: Moment, by rule: @escaping @Sendable (Call) -> Result<Call, Refusal>
    ) async throws(StoreFailure) -> Result<CallRecord, Refusal>?

    /// Runs the rule over calls that are due and that nothing holds, in the order and as far as `Pacing` says.
    ///
    /// Dials that the rule asks for come back leased until `claimingUntil`. The limits hold over all dispatchers of the store, the one on
    /// dials to a number as well: the rule is told where a call's number is over it.
    func admitDue(
        _ terms: AdmissionTerms, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Admissions

    /// Takes a place for a dial that is about to leave, at all of these gates or at none.
    ///
    /// Over all dispatchers of the store. What was taken right before a crash may be forgotten.
    func takePlace(
        _ gates: [RatedGate], at now: Moment
    ) async throws(StoreFailure) -> GatePlace
    /// The dial left later than its place said; by a millisecond may be left out where writing that down costs others their time.
    func movePlace(_ gates: [RatedGate], from place: Moment, to start: Moment) async throws(StoreFailure)

    /// Dials whose lease has run out or was given back.
    func leaseDials(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [DialLease]
    /// Terminations that are not verified and whose time has come, first those of phones that may be up.
    func leaseTerminations(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [TerminationLease]
    /// Keeps leases alive; those that were lost are left alone.
    func renew(dials: [DialLease], terminations: [TerminationLease], until: Moment) async throws(StoreFailure)
    /// Gives a dial that has not been sent back, to be taken up again at `moment`. False: the lease was lost.
    func postpone(_ lease: DialLease, until moment: Moment) async throws(StoreFailure) -> Bool
    /// Writes down how a termination went. False: it does not count, because the lease was lost or there was a sign of life meanwhile.
    func settle(_ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment)
        async throws(StoreFailure) -> Bool
    /// Marks what was asked for long ago and is not verified as stuck, whoever holds it; each is told once. Returns its rooms.
    ///
    /// The tries go on: this is an alarm, also for a try that hangs and for a hang-up that waits for its dial.
    func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName]
    /// Asks for a termination of a room that no call needs; re-arms the one that is there.
    func terminate(_ room: RoomName, at now: Moment) async throws(StoreFailure)
    /// Forgets all leases: for the only node of a store, at its start.
    func voidLeases(at now: Moment) async throws(StoreFailure)

    /// How many calls are placing, dialling, ringing or active now.
    func liveCalls() async throws(StoreFailure) -> Int
    /// How full the gates are that calls of an agent pass, those without a limit left out.
    func load(of agent: AgentID, under limits: DialLimits, at now: Moment) async throws(StoreFailure) -> [GateLoad]
    /// The dials to a number that a limit would count now.
    func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) async throws(StoreFailure) -> NumberDials
    /// Every call with an attempt under way, for the comparison with LiveKit's rooms.
    func openCalls() async throws(StoreFailure) -> [OpenCall]
    /// Active calls whose agent has been away since `moment` or longer.
    func agentsAway(since moment: Moment) async throws(StoreFailure) -> [OpenCall]
    /// Where the dial of a room's attempt is; nil for a room of no call.
    func dial(of room: RoomName) async throws(StoreFailure) -> Dial?
    /// The rooms whose termination is not verified.
    func openTerminations() async throws(StoreFailure) -> Set<RoomName>
    /// How much is under way, for whoever watches the server.
    func workload() async throws(StoreFailure) -> Workload

    func call(_ id: CallID, at now: Moment) async throws(StoreFailure) -> CallRecord?
    func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage
    /// What happened to a call, after `sequence` and oldest first; its sequences count from 1 without gaps.
    func events(of id: CallID, after sequence: Int64, limit: Int) async throws(StoreFailure) -> [RecordedEvent]
    /// The identity of this installation, made when the store was.
    func installation() async throws(StoreFailure) -> Installation
}

extension CallStore {
    /// A decision that no client asked for.
    package func decide(
        _ id: CallID, proving proof: DialProof?, claimingUntil: Moment?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? {
        try await decide(id, proving: proof, claimingUntil: claimingUntil, for: nil, at: now, by: rule)
    }
}

/// Why a store could not do it.
///
/// Details are for the log.
package enum StoreFailure: Error, Sendable, Equatable {
    /// Away, full or locked: nothing was written, unless the store went away in the very moment of its commit, which nobody can
    /// tell then; the caller may try again later.
    case unavailable(String)
    /// What was to be written is there already or breaks a rule of the schema.
    case conflict(String)
    /// The caller's request was carried out before; nothing was written now.
    case repeated(Repetition)
    /// The number is never to be dialled; nothing was written.
    case suppressed(SuppressionID)
}

/// All that is kept, in one place.
package typealias Store = CallStore & BatchStore & AgentStore & OrganizationStore & KeyStore & StopStore
    & SuppressionStore
    & OperationStore
    & AnswerStore & AuditStore & NodeRegister & RetentionStore
