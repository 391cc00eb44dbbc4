import CallControl
import CallCore

/// The one store as one node reaches it.
///
/// There are pauses before and after every verb, in which the node may be halted or die, and failures before anything was written. The
/// auditor sees what was committed.
struct NodeStore: CallStore, AgentStore, OrganizationStore, OperationStore, StopStore {
    let store: any WholeStore
    /// The simulation's own.
    let own: any WholeStore
    let clerk: NodeExecutor?
    let sky: Sky
    let clock: SimulatedClock
    let auditor: Auditor
    /// Something was written: other nodes may have something to do.
    let wrote: @Sendable () -> Void

    var isShared: Bool { store.isShared }

    private func pass<Value: Sendable>(
        writes: Bool = true, _ verb: () async throws(StoreFailure) -> Value, seen: (Value) -> Void = { _ in },
        unsure: () async throws(StoreFailure) -> Void = {}
    ) async throws(StoreFailure) -> Value {
        try await pause(sky.beforeStore())
        let value = try await withTaskExecutorPreference(clerk) { () async throws(StoreFailure) in
            do throws(StoreFailure) {
                let value = try await verb()
                seen(value)
                return value
            } catch {
                // It may have done it all the same, where its server did not get around to saying so.
                if store.isShared { try await unsure() }
                throw error
            }
        }
        if writes { wrote() }
        try await pause(sky.aroundStore())
        return value
    }

    private func pause(_ mood: Sky.StoreMood) async throws(StoreFailure) {
        switch mood {
        case .prompt: break
        case .fail: throw .unavailable("the disk is away")
        case .pause(let milliseconds):
            // A write is not cancelled with its caller.
            let slot = Slot<Void>()
            clock.scheduler.alarm(at: clock.scheduler.now + milliseconds) { slot.fill(()) }
            await slot.waitWhateverComes()
        }
    }

    func amend(
        _ id: CallID, for caller: Caller, at now: Moment, by rule: @escaping @Sendable (Call) -> Result<Call, Refusal>
    ) async throws(StoreFailure) -> Result<CallRecord, Refusal>? {
        try await pass { () async throws(StoreFailure) in try await store.amend(id, for: caller, at: now, by: rule) }
    }

    func insert(_ call: Call, for caller: Caller) async throws(StoreFailure) -> CallRecord {
        try await pass { () async throws(StoreFailure) in
            try await store.insert(call, for: caller)
        } seen: { _ in
            auditor.inserted(call)
        } unsure: { () async throws(StoreFailure) in
            if try await own.call(call.id, at: call.createdAt) != nil { auditor.inserted(call) }
        }
    }

    func insert(_ calls: [Call]) async throws(StoreFailure) {
        try await pass { () async throws(StoreFailure) in
            try await store.insert(calls)
        } seen: { _ in
            for call in calls { auditor.inserted(call) }
        }
    }

    func decide(
        _ id: CallID, proving: DialProof?, claimingUntil: Moment?, for caller: Caller?, at now: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Decided? {
        var isOutdated = false
        return try await pass { () async throws(StoreFailure) in
            isOutdated = auditor.isOutdated(proving)
            return try await store.decide(
                id, proving: proving, claimingUntil: claimingUntil, for: caller, at: now
            ) { [auditor] call, scene in
                let decision = rule(call, scene)
                auditor.deciding(decision)
                return decision
            }
        } seen: { decided in
            if let decided { auditor.decided(decided, with: proving, wasOutdated: isOutdated) }
        } unsure: { () async throws(StoreFailure) in
            try await look([id], at: now)
        }
    }

    func admitDue(
        _ terms: AdmissionTerms, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Admissions {
        try await pass { () async throws(StoreFailure) in
            try await store.admitDue(terms, at: now, claimingUntil: claimingUntil, by: rule)
        } seen: { admissions in
            for one in admissions.admitted { auditor.saw(one.call) }
            auditor.leased(admissions.admitted.compactMap(\.dial))
        } unsure: { () async throws(StoreFailure) in
            try await look(auditor.unfinished, at: now)
        }
    }

    func leaseDials(_ limit: Int, at now: Moment, until: Moment) async throws(StoreFailure) -> [DialLease] {
        try await pass { () async throws(StoreFailure) in
            try await store.leaseDials(limit, at: now, until: until)
        } seen: { leases in
            auditor.leased(leases)
        }
    }

    func leaseTerminations(
        _ limit: Int, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> [TerminationLease] {
        try await pass { () async throws(StoreFailure) in
            try await store.leaseTerminations(limit, at: now, until: until)
        }
    }

    func renew(
        dials: [DialLease], terminations: [TerminationLease], until: Moment
    ) async throws(StoreFailure) {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.renew(dials: dials, terminations: terminations, until: until)
        }
    }

    func postpone(_ lease: DialLease, until moment: Moment) async throws(StoreFailure) -> Bool {
        try await pass { () async throws(StoreFailure) in try await store.postpone(lease, until: moment) }
    }

    func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, at now: Moment
    ) async throws(StoreFailure) -> Bool {
        var isUnseen = false
        return try await pass { () async throws(StoreFailure) in
            isUnseen = auditor.mustBeLookedAt(lease.room)
            return try await store.settle(settlement, of: lease, at: now)
        } seen: { counted in
            if counted { auditor.settled(settlement, lease, unseen: isUnseen) }
        } unsure: { () async throws(StoreFailure) in
            let isOpen = try await own.openTerminations().contains(lease.room)
            if !isOpen { auditor.settled(.verified, lease, unseen: isUnseen) }
        }
    }

    func terminate(_ room: RoomName, at now: Moment) async throws(StoreFailure) {
        try await pass { () async throws(StoreFailure) in
            try await store.terminate(room, at: now)
        } seen: {
            auditor.armed(room)
        } unsure: { () async throws(StoreFailure) in
            if try await own.openTerminations().contains(room) { auditor.armed(room) }
        }
    }

    func voidLeases(at now: Moment) async throws(StoreFailure) {
        try await pass { () async throws(StoreFailure) in try await store.voidLeases(at: now) }
    }

    func take(_ duty: Duty, by node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Bool {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.take(duty, by: node, at: now, until: until)
        }
    }

    func nextWakes() async throws(StoreFailure) -> Wakes {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.nextWakes() }
    }

    func liveCalls() async throws(StoreFailure) -> Int {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.liveCalls() }
    }

    func load(of agent: AgentID, under limits: DialLimits, at now: Moment) async throws(StoreFailure) -> [GateLoad] {
        try await store.load(of: agent, under: limits, at: now)
    }

    func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) async throws(StoreFailure) -> NumberDials {
        try await store.dials(to: number, of: organization, under: limit, at: now)
    }

    func takePlace(_ gates: [RatedGate], at now: Moment) async throws(StoreFailure) -> GatePlace {
        try await pass { () async throws(StoreFailure) in try await store.takePlace(gates, at: now) }
    }

    func movePlace(_ gates: [RatedGate], from place: Moment, to start: Moment) async throws(StoreFailure) {
        try await pass { () async throws(StoreFailure) in
            try await store.movePlace(gates, from: place, to: start)
        }
    }

    func openCalls() async throws(StoreFailure) -> [OpenCall] {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.openCalls() }
    }

    func agentsAway(since moment: Moment) async throws(StoreFailure) -> [OpenCall] {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.agentsAway(since: moment) }
    }

    func dial(of room: RoomName) async throws(StoreFailure) -> Dial? {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.dial(of: room) }
    }

    func openTerminations() async throws(StoreFailure) -> Set<RoomName> {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.openTerminations() }
    }

    func call(_ id: CallID, at now: Moment) async throws(StoreFailure) -> CallRecord? {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.call(id, at: now) }
    }

    func calls(_ query: CallQuery, at now: Moment) async throws(StoreFailure) -> CallPage {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.calls(query, at: now) }
    }

    func events(of id: CallID, after sequence: Int64, limit: Int) async throws(StoreFailure) -> [RecordedEvent] {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.events(of: id, after: sequence, limit: limit)
        }
    }

    func installation() async throws(StoreFailure) -> Installation {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.installation() }
    }

    func insert(_ agent: Agent, for caller: Caller) async throws(StoreFailure) {
        try await pass { () async throws(StoreFailure) in try await store.insert(agent, for: caller) }
    }

    func agent(_ id: AgentID) async throws(StoreFailure) -> Agent? {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.agent(id) }
    }

    func agents(
        of organization: OrganizationID, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (agents: [Agent], total: Int) {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.agents(of: organization, limit: limit, offset: offset)
        }
    }

    func update(
        _ id: AgentID, for caller: Caller, at now: Moment, by change: @escaping @Sendable (Agent) -> Agent
    ) async throws(StoreFailure) -> Agent? {
        try await pass { () async throws(StoreFailure) in
            try await store.update(id, for: caller, at: now, by: change)
        } seen: { agent in
            if let agent { auditor.hasWindow(agent.callWindow, of: .agent(agent.id)) }
        } unsure: { () async throws(StoreFailure) in
            if let agent = try await own.agent(id) { auditor.hasWindow(agent.callWindow, of: .agent(id)) }
        }
    }

    func organization(_ id: OrganizationID) async throws(StoreFailure) -> Organization? {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.organization(id) }
    }

    func update(
        _ id: OrganizationID, for caller: Caller, at now: Moment,
        by change: @escaping @Sendable (Organization) -> Organization
    ) async throws(StoreFailure) -> Organization? {
        try await pass { () async throws(StoreFailure) in
            try await store.update(id, for: caller, at: now, by: change)
        } seen: { organization in
            if let organization { auditor.hasWindow(organization.callWindow, of: .organization(id)) }
        } unsure: { () async throws(StoreFailure) in
            if let organization = try await own.organization(id) {
                auditor.hasWindow(organization.callWindow, of: .organization(id))
            }
        }
    }

    func markStuck(at now: Moment) async throws(StoreFailure) -> [RoomName] {
        try await pass { () async throws(StoreFailure) in try await store.markStuck(at: now) }
    }

    func workload() async throws(StoreFailure) -> Workload {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.workload() }
    }

    func insert(_ operation: Operation, for caller: Caller) async throws(StoreFailure) -> OperationRecord {
        try await pass { () async throws(StoreFailure) in try await store.insert(operation, for: caller) }
    }

    func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord? {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.operation(id) }
    }

    func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult] {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.results(of: id, after: position, limit: limit)
        }
    }

    func count(
        _ target: Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.count(target, live: live, of: organization)
        }
    }

    func openOperations() async throws(StoreFailure) -> [OperationID] {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.openOperations() }
    }

    func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool {
        try await pass { () async throws(StoreFailure) in
            let isDone = try await store.advance(id, at: now)
            // A chunk changes many calls at once, and does not say which.
            try await look(auditor.unfinished, at: now)
            return isDone
        } unsure: { () async throws(StoreFailure) in
            try await look(auditor.unfinished, at: now)
        }
    }

    func openWindowChanges() async throws(StoreFailure) -> [WindowChange] {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.openWindowChanges() }
    }

    func advance(_ change: WindowChange, at now: Moment) async throws(StoreFailure) -> Bool {
        try await pass { () async throws(StoreFailure) in
            let isDone = try await store.advance(change, at: now)
            try await look(auditor.unfinished, at: now)
            return isDone
        } unsure: { () async throws(StoreFailure) in
            try await look(auditor.unfinished, at: now)
        }
    }

    private func look(_ calls: [CallID], at now: Moment) async throws(StoreFailure) {
        for call in calls {
            if let record = try await own.call(call, at: now) { auditor.saw(record.call) }
        }
    }

    func insert(
        _ stop: Stop, draining: Operation, for caller: Caller
    ) async throws(StoreFailure) -> StopRecord {
        try await pass { () async throws(StoreFailure) in
            try await store.insert(stop, draining: draining, for: caller)
        } seen: { _ in
            auditor.set(stop)
        } unsure: { () async throws(StoreFailure) in
            if try await own.stop(stop.id) != nil { auditor.set(stop) }
        }
    }

    func release(
        _ id: StopID, reason: String?, freeing: Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> StopRelease? {
        try await pass { () async throws(StoreFailure) in
            try await store.release(id, reason: reason, freeing: freeing, for: caller, at: now)
        } seen: { release in
            if case .released = release { auditor.released(id) }
        } unsure: { () async throws(StoreFailure) in
            if try await own.stop(id)?.stop.release != nil { auditor.released(id) }
        }
    }

    func stop(_ id: StopID) async throws(StoreFailure) -> StopRecord? {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.stop(id) }
    }

    func stops(
        of organization: OrganizationID, inForce: Bool?, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (stops: [StopRecord], total: Int) {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.stops(of: organization, inForce: inForce, limit: limit, offset: offset)
        }
    }

    func lastPause(
        of guarded: Guarded, for cause: Stop.Cause, in organization: OrganizationID
    ) async throws(StoreFailure) -> Stop? {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.lastPause(of: guarded, for: cause, in: organization)
        }
    }

    func endings(
        of guarded: Guarded, after since: Moment, amongst limit: Int
    ) async throws(StoreFailure) -> [CallStatus: Int] {
        try await pass(writes: false) { () async throws(StoreFailure) in
            try await store.endings(of: guarded, after: since, amongst: limit)
        }
    }

    func timedStops(limit: Int) async throws(StoreFailure) -> [Stop] {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.timedStops(limit: limit) }
    }

    func organization(of batch: BatchID) async throws(StoreFailure) -> OrganizationID? {
        try await pass(writes: false) { () async throws(StoreFailure) in try await store.organization(of: batch) }
    }
}
