package import CallCore

/// What callers may ask for about batches: many calls by one request.
package struct Batches: Sendable {
    /// Calls that one request may ask for.
    package static let mostCalls = 1000

    let store: any BatchStore & StopStore & SuppressionStore & CallStore
    let agents: any AgentStore
    /// Cancels what is left of one.
    let operations: Operations
    /// Wakes the dispatcher.
    let bell: Bell
    let clock: any WallClock
    let identifiers: Identifiers
    /// The dispatcher's: for whoever asks when a batch will be done.
    let limits: DialLimits

    package init(
        store: any BatchStore & StopStore & SuppressionStore & CallStore, agents: any AgentStore,
        operations: Operations, bell: Bell, clock: any WallClock, identifiers: Identifiers = Identifiers(),
        limits: DialLimits
    ) {
        self.store = store
        self.agents = agents
        self.operations = operations
        self.bell = bell
        self.clock = clock
        self.identifiers = identifiers
        self.limits = limits
    }

    /// Accepts what can be accepted of a batch, as one change.
    ///
    /// It is durable on return; where no row could be accepted, and in a rehearsal, nothing is written.
    package func schedule(_ order: BatchOrder, by caller: Caller) async throws(ControlError) -> Batch {
        let now = clock.now
        let agent: Agent?
        do {
            agent = try await agents.agent(order.agent)
        } catch {
            throw ControlError(error)
        }
        guard let agent else { throw .notFound }
        guard agent.organization == caller.organization else { throw .belongsToAnotherOrganization }
        if let fault = agent.missingTrunk(unless: limits.defaultTrunk) { throw .invalid([fault]) }
        let id = identifiers.batch(at: now)
        let batch = Batch(
            id: id, organization: caller.organization, agent: agent.id, name: order.name, createdAt: now,
            stopOnError: order.stopOnError, guards: order.guards, rows: rows(of: order, agent, in: id, at: now))
        let numbers = batch.calls.map(\.contact.phone)
        if numbers.isEmpty { return batch }
        let stored: Batch
        do {
            guard !order.isRehearsal else {
                return batch.refusing(try await store.suppressions(of: numbers, in: caller.organization))
            }
            stored = try await store.insert(batch, for: caller)
        } catch {
            throw ControlError(error)
        }
        if let first = stored.calls.map(\.dueAt).min() { bell.announce(due: first) }
        return stored
    }

    private func rows(of order: BatchOrder, _ agent: Agent, in batch: BatchID, at now: Moment) -> [Batch.Row] {
        var isStopped = false
        let ids = identifiers.calls(order.rows.count, at: now)
        return zip(ids, order.rows).map { id, row in
            if isStopped { return .refused(.behindAnotherRefusal) }
            let judged = judge(row, as: id, agent, in: batch, at: now)
            if order.stopOnError, case .refused = judged { isStopped = true }
            return judged
        }
    }

    private func judge(
        _ row: BatchOrder.Row, as id: CallID, _ agent: Agent, in batch: BatchID, at now: Moment
    ) -> Batch.Row {
        switch row {
        case .refused(let refusal): return .refused(refusal)
        case .order(let order):
            let faults = order.faults(for: agent, at: now)
            if let first = faults.first { return .refused(RowRefusal("\(first.field) \(first.reason)", faults)) }
            return .scheduled(order.call(id, of: agent, in: batch, at: now))
        }
    }

    /// The batch, if it belongs to the caller's organization.
    package func get(_ id: BatchID, by caller: Caller) async throws(ControlError) -> BatchRecord {
        let record: BatchRecord?
        do {
            record = try await store.batch(id, at: clock.now)
        } catch {
            throw ControlError(error)
        }
        guard let record else { throw .notFound }
        guard record.summary.organization == caller.organization else { throw .belongsToAnotherOrganization }
        do {
            return try await guarded(record)
        } catch {
            throw ControlError(error)
        }
    }

    /// With what its guards have done and counted.
    private func guarded(_ record: BatchRecord) async throws(StoreFailure) -> BatchRecord {
        var record = record
        let (batch, organization) = (record.summary.id, record.summary.organization)
        let guards = record.summary.guards
        if guards.breaker != nil {
            let pause = try await store.lastPause(of: .batch(batch), for: .breaker, in: organization)
            if let pause, pause.release == nil { record.pauses.append(pause) }
        }
        if let budget = guards.budget {
            let now = clock.now
            let day = CivilDay(of: now, in: budget.zone)
            let pause = try await store.lastPause(of: .batch(batch), for: .budget, in: organization)
            if let pause, pause.release == nil { record.pauses.append(pause) }
            record.today = BatchRecord.Today(
                spending: try await store.spending(of: batch, in: organization, from: day.start), day: day,
                isWaived: pause?.isLiftedByHand(at: now) ?? false)
        }
        return record
    }

    package func list(
        by caller: Caller, limit: Int, offset: Int
    ) async throws(ControlError) -> (batches: [BatchSummary], total: Int) {
        do {
            return try await store.batches(of: caller.organization, limit: limit, offset: offset)
        } catch {
            throw ControlError(error)
        }
    }

    /// Begins to cancel what is left of a batch of the caller's; see `Operations.cancel`.
    package func cancel(
        _ id: BatchID, live: Stop.Live, reason: String?, by caller: Caller
    ) async throws(ControlError) -> OperationRecord {
        var query = CallQuery(organization: caller.organization)
        query.batch = id
        return try await operations.cancel(.filter(query), live: live, reason: reason, by: caller)
    }
}

/// What somebody asks for when they schedule a batch.
package struct BatchOrder: Sendable, Equatable {
    package enum Row: Sendable, Equatable {
        case order(CallOrder)
        /// It could not be read.
        case refused(RowRefusal)
    }

    package let agent: AgentID
    package let name: String?
    /// The first row that is refused takes all after it along.
    package let stopOnError: Bool
    /// Only tell what it would come to.
    package let isRehearsal: Bool
    package let guards: BatchGuards
    package let rows: [Row]

    package init(
        agent: AgentID, name: String?, stopOnError: Bool, isRehearsal: Bool = false,
        guards: BatchGuards = BatchGuards(), rows: [Row]
    ) {
        self.agent = agent
        self.name = name
        self.stopOnError = stopOnError
        self.isRehearsal = isRehearsal
        self.guards = guards
        self.rows = rows
    }
}

extension RowRefusal {
    static let behindAnotherRefusal = RowRefusal(
        "Not scheduled, because a call before it was refused and stopOnError is set")
}
