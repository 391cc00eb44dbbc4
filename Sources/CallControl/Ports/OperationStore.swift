package import CallCore

/// Where operations over many calls are kept, and carried out chunk by chunk.
package protocol OperationStore: Sendable {
    /// Durable on return.
    func insert(_ operation: Operation, for caller: Caller) async throws(StoreFailure) -> OperationRecord
    func operation(_ id: OperationID) async throws(StoreFailure) -> OperationRecord?
    /// What became of each call, in the order in which they were come to.
    ///
    /// That is the order in which the calls were made; but a filter comes to live ones first.
    func results(
        of id: OperationID, after position: Int, limit: Int
    ) async throws(StoreFailure) -> [OperationResult]
    /// What an operation would come to now; nothing is changed.
    func count(
        _ target: Operation.Target, live: Stop.Live, of organization: OrganizationID
    ) async throws(StoreFailure) -> OperationCounts
    /// Operations that are not done, oldest first; while stops drain, only these.
    func openOperations() async throws(StoreFailure) -> [OperationID]
    /// One transaction, short enough that others hardly wait: does the next chunk of an operation. True: it is done now.
    func advance(_ id: OperationID, at now: Moment) async throws(StoreFailure) -> Bool

    /// Windows that were changed, and whose waiting calls were not all looked at since.
    func openWindowChanges() async throws(StoreFailure) -> [WindowChange]
    /// One transaction, as short: gives the next of these calls the time that the windows now say. True: all were looked at.
    func advance(_ change: WindowChange, at now: Moment) async throws(StoreFailure) -> Bool
}

/// The window of an agent or an organization was changed: calls that it had put off may have to come sooner.
package struct WindowChange: Sendable, Equatable {
    package let organization: OrganizationID
    /// Nil: it is the organization's.
    package let agent: AgentID?

    package init(organization: OrganizationID, agent: AgentID?) {
        self.organization = organization
        self.agent = agent
    }
}

/// Something done to many calls: begun by one request, finished whatever happens.
package struct Operation: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A bulk cancel.
        case cancel
        /// The drain of a stop.
        case stop
        /// Lets go what a stop held.
        case release
    }

    package enum Target: Sendable, Equatable {
        case ids([CallID])
        /// Calls that are not over and that a list with this query would show.
        case filter(CallQuery)
        case scope(StopScope)
        /// Calls to one of these.
        case numbers([PhoneNumber])
    }

    package let id: OperationID
    package let organization: OrganizationID
    package let kind: Kind
    package let target: Target
    package let live: Stop.Live
    package let queue: Stop.Queue
    package let reason: String?
    package let requestedAt: Moment

    package init(
        id: OperationID, organization: OrganizationID, kind: Kind, target: Target, live: Stop.Live,
        queue: Stop.Queue = .cancel, reason: String?, requestedAt: Moment
    ) {
        self.id = id
        self.organization = organization
        self.kind = kind
        self.target = target
        self.live = live
        self.queue = queue
        self.reason = reason
        self.requestedAt = requestedAt
    }
}

/// What an operation has come to.
package struct OperationCounts: Sendable, Equatable {
    /// Calls that it has come to; of a release, those that it let go.
    package var matched = 0
    package var cancelled = 0
    /// Those that were over already, that are not there, or that were to be left alone.
    package var notCancellable = 0
    /// Those that wait until the stop is released.
    package var held = 0

    package init(matched: Int = 0, cancelled: Int = 0, notCancellable: Int = 0, held: Int = 0) {
        self.matched = matched
        self.cancelled = cancelled
        self.notCancellable = notCancellable
        self.held = held
    }
}

/// An operation with how far it has come.
package struct OperationRecord: Sendable, Equatable {
    package let id: OperationID
    package let organization: OrganizationID
    package let kind: Operation.Kind
    package let reason: String?
    package let requestedAt: Moment
    package let counts: OperationCounts
    /// Of the calls that it hung up: rooms that may still have a phone in them.
    package let terminationsPending: Int
    package let terminationsVerified: Int
    /// When the last call was come to; terminations may be pending still.
    package let doneAt: Moment?

    package init(
        id: OperationID, organization: OrganizationID, kind: Operation.Kind, reason: String?, requestedAt: Moment,
        counts: OperationCounts, terminationsPending: Int, terminationsVerified: Int, doneAt: Moment?
    ) {
        self.id = id
        self.organization = organization
        self.kind = kind
        self.reason = reason
        self.requestedAt = requestedAt
        self.counts = counts
        self.terminationsPending = terminationsPending
        self.terminationsVerified = terminationsVerified
        self.doneAt = doneAt
    }

    /// Every call was come to, and every phone that it hung up is silent.
    package var isSilent: Bool { doneAt != nil && terminationsPending == 0 }
}

/// What an operation did to one call.
package struct OperationResult: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable {
        case cancelled
        /// It was over.
        case notCancellable = "not_cancellable"
        case notFound = "not_found"
        /// It was live, and live calls were to be left alone.
        case left
        /// It waits until the stop is released.
        case held
    }

    /// Counts from 1.
    package let position: Int
    package let call: CallID
    package let outcome: Outcome
    /// The status that it had before; nil where there is no such call.
    package let status: CallStatus?

    package init(position: Int, call: CallID, outcome: Outcome, status: CallStatus?) {
        self.position = position
        self.call = call
        self.outcome = outcome
        self.status = status
    }
}
