package import CallCore

/// What a list of calls is asked for.
///
/// All filters combine with "and".
package struct CallQuery: Sendable, Equatable {
    package enum Sort: String, Sendable, CaseIterable { case createdAt, scheduledAt }
    package enum Order: String, Sendable, CaseIterable { case ascending = "asc", descending = "desc" }

    package var organization: OrganizationID
    package var agent: AgentID?
    package var batch: BatchID?
    package var statuses: Set<CallStatus> = []
    /// Matches the called number and the caller id.
    package var phone: PhoneNumber?
    /// Inclusive, on the time of creation.
    package var from: Moment?
    package var to: Moment?
    /// Beginning of the contact's name or e-mail; the case of A to Z is ignored, that of other letters is not.
    package var prefix: String?
    package var sort: Sort = .createdAt
    package var order: Order = .descending
    package var limit = 50
    package var offset = 0
    package var after: Position?

    package init(organization: OrganizationID) { self.organization = organization }

    /// A place between two rows: the sort value and the row's key, so that a page begins where the last one ended.
    package struct Position: Sendable, Equatable {
        package let value: Int64
        package let key: Int64
        package init(value: Int64, key: Int64) {
            self.value = value
            self.key = key
        }
    }
}

/// One page of calls.
package struct CallPage: Sendable {
    package let calls: [CallSummary]
    /// Exact up to `CallPage.exactTotals`; beyond it, a guess that is never below what was seen, and `totalIsEstimate` says so.
    package let total: Int
    package let totalIsEstimate: Bool
    package let next: CallQuery.Position?

    package static let exactTotals = 10_000

    package init(calls: [CallSummary], total: Int, totalIsEstimate: Bool, next: CallQuery.Position?) {
        self.calls = calls
        self.total = total
        self.totalIsEstimate = totalIsEstimate
        self.next = next
    }
}

/// A call in a list: what the list shows and no more, read from the row alone.
package struct CallSummary: Sendable, Equatable {
    package let id: CallID
    package let status: CallStatus
    package let scheduledAt: Moment?
    package let answeredAt: Moment?
    package let endedAt: Moment?
    package let outcome: String?
    package let agent: AgentName
    package let contact: Contact
    package let priority: Int
    package let createdAt: Moment
    package let carrierCall: String?
    package let batch: BatchID?

    package init(
        id: CallID, status: CallStatus, scheduledAt: Moment?, answeredAt: Moment?, endedAt: Moment?, outcome: String?,
        agent: AgentName, contact: Contact, priority: Int, createdAt: Moment, carrierCall: String?,
        batch: BatchID?
    ) {
        self.id = id
        self.status = status
        self.scheduledAt = scheduledAt
        self.answeredAt = answeredAt
        self.endedAt = endedAt
        self.outcome = outcome
        self.agent = agent
        self.contact = contact
        self.priority = priority
        self.createdAt = createdAt
        self.carrierCall = carrierCall
        self.batch = batch
    }
}

/// An agent as a call names it.
package struct AgentName: Sendable, Equatable {
    package let id: AgentID
    package let name: String

    package init(id: AgentID, name: String) {
        self.id = id
        self.name = name
    }
}

/// One call with all that a client sees of it.
package struct CallRecord: Sendable, Equatable {
    package let call: Call
    package let agent: AgentName
    /// The termination of its last attempt's room.
    package let termination: Termination?
    /// Nil unless the call waits.
    package internal(set) var queue: Queue?
    /// The window that it has from its agent or its organization; nil where it has one itself, where there is none, and once it is over.
    package let window: WiderWindow?
    /// When its batch was let go after it had last been paused for its budget; nil once it does not wait.
    package let resumedAt: Moment?

    package struct Queue: Sendable, Equatable {
        package enum State: String, Sendable { case scheduled, ready, held, retrying }
        package let state: State
        package let nextAttemptAt: Moment
        /// How many calls go first, for a ready one; nil otherwise.
        package let position: Int?
        /// What keeps it from being dialled, besides its time.
        package let heldBy: [Hold]

        package init(state: State, nextAttemptAt: Moment, position: Int?, heldBy: [Hold] = []) {
            self.state = state
            self.nextAttemptAt = nextAttemptAt
            self.position = position
            self.heldBy = heldBy
        }
    }

    package init(
        call: Call, agent: AgentName, termination: Termination?, queue: Queue?, window: WiderWindow? = nil,
        resumedAt: Moment? = nil
    ) {
        self.call = call
        self.agent = agent
        self.termination = termination
        self.queue = queue
        self.window = call.hasOwnWindow || call.status.isFinal ? nil : window
        self.resumedAt = call.phase == .waiting ? resumedAt : nil
    }
}

/// Something that happened to a call, as its history shows it.
package struct RecordedEvent: Sendable, Equatable {
    package let sequence: Int64
    package let notice: Notice
    package let at: Moment

    package init(sequence: Int64, notice: Notice, at: Moment) {
        self.sequence = sequence
        self.notice = notice
        self.at = at
    }
}

/// Something that keeps a waiting call from being dialled until it is lifted.
package enum Hold: Sendable, Equatable {
    case inactiveAgent(AgentID)
    case stop(StopID)
    /// As `stop`, because its batch has spent its budget of the day.
    case budget(StopID, until: Moment?)
    /// Its number is never to be dialled: the call ends in a moment.
    case suppression(SuppressionID)
    /// No phone may ring at this hour.
    case window(WindowOwner)
    /// Its number was dialled as often as it may be, and may be again then.
    case number(PhoneNumber, NumberLimit, until: Moment)
    /// As many calls are live behind this gate as may be, or its next place is further away than a turn.
    case gate(DialGate)
}
