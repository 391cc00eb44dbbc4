package import CallCore

/// Where batches are kept; their calls are among all others.
package protocol BatchStore: Sendable {
    /// One transaction: the batch and those of its calls that were accepted, each held as a single one would be. Durable on return.
    ///
    /// Calls to suppressed numbers are refused in it, see `Batch.refusing`; where none is left, nothing is written. Returns the batch
    /// as it was stored.
    @discardableResult
    func insert(_ batch: Batch, for caller: Caller) async throws(StoreFailure) -> Batch
    func batch(_ id: BatchID, at now: Moment) async throws(StoreFailure) -> BatchRecord?
    /// What guards a batch, and whose it is; nil: no such batch.
    func guards(of id: BatchID) async throws(StoreFailure) -> (organization: OrganizationID, guards: BatchGuards)?
    /// What a batch has spent since the day began that began at `start`.
    func spending(
        of batch: BatchID, in organization: OrganizationID, from start: Moment
    ) async throws(StoreFailure) -> Budget.Spending
    /// Newest first.
    func batches(of organization: OrganizationID, limit: Int, offset: Int) async throws(StoreFailure)
        -> (batches: [BatchSummary], total: Int)
}

/// Calls that were asked for by one request, with what became of each row of it.
package struct Batch: Sendable, Equatable {
    package enum Row: Sendable, Equatable {
        case scheduled(Call)
        case refused(RowRefusal)
    }

    package let id: BatchID
    package let organization: OrganizationID
    package let agent: AgentID
    package let name: String?
    package let createdAt: Moment
    /// The first row that is refused takes all after it along.
    package let stopOnError: Bool
    package let guards: BatchGuards
    /// In the order of the request.
    package let rows: [Row]
    /// Those that were accepted.
    package let calls: [Call]

    package init(
        id: BatchID, organization: OrganizationID, agent: AgentID, name: String?, createdAt: Moment,
        stopOnError: Bool = false, guards: BatchGuards = BatchGuards(), rows: [Row]
    ) {
        self.id = id
        self.organization = organization
        self.agent = agent
        self.name = name
        self.createdAt = createdAt
        self.stopOnError = stopOnError
        self.guards = guards
        self.rows = rows
        calls = rows.compactMap { if case .scheduled(let call) = $0 { call } else { nil } }
    }
}

/// Why a row of a batch was not scheduled, in words for people.
package struct RowRefusal: Sendable, Equatable {
    package let message: String
    package let faults: [FieldFault]

    package init(_ message: String, _ faults: [FieldFault] = []) {
        self.message = message
        self.faults = faults
    }
}

/// A batch in a list: what was asked for, and where its calls stand.
package struct BatchSummary: Sendable, Equatable {
    package let id: BatchID
    package let organization: OrganizationID
    package let agent: AgentName
    package let name: String?
    package let createdAt: Moment
    package let createdBy: KeyID
    package let guards: BatchGuards
    /// Rows of the request.
    package let total: Int
    /// Rows that became calls.
    package let scheduled: Int
    /// Calls by their status; those that were purged are in none.
    package let statuses: [CallStatus: Int]

    package init(
        id: BatchID, organization: OrganizationID, agent: AgentName, name: String?, createdAt: Moment,
        createdBy: KeyID, guards: BatchGuards = BatchGuards(), total: Int, scheduled: Int,
        statuses: [CallStatus: Int]
    ) {
        self.id = id
        self.organization = organization
        self.agent = agent
        self.name = name
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.guards = guards
        self.total = total
        self.scheduled = scheduled
        self.statuses = statuses
    }

    /// Calls that were over for long, and of which nothing is kept any more.
    package var purged: Int { max(0, scheduled - statuses.values.reduce(0, +)) }

    /// No call of it waits or is up.
    package var isDone: Bool { statuses.allSatisfy { $0.key.isFinal || $0.value == 0 } }
}

/// One batch with all that a client sees of it.
package struct BatchRecord: Sendable, Equatable {
    package let summary: BatchSummary
    /// When the first and the last of the attempts that are kept were sent.
    package let firstDialAt: Moment?
    package let lastDialAt: Moment?
    /// Nil: none of its calls waits.
    package let backlog: BatchBacklog?
    /// Nil where it has no budget.
    package var today: Today?
    /// Those in force that the server has set itself.
    package var pauses: [Stop] = []

    /// Where a batch stands with its budget.
    package struct Today: Sendable, Equatable {
        package let spending: Budget.Spending
        package let day: CivilDay
        /// The pause of this day was lifted by hand, so that the rest of it is not limited.
        package let isWaived: Bool
    }

    package init(
        summary: BatchSummary, firstDialAt: Moment?, lastDialAt: Moment?, backlog: BatchBacklog? = nil
    ) {
        self.summary = summary
        self.firstDialAt = firstDialAt
        self.lastDialAt = lastDialAt
        self.backlog = backlog
    }
}
