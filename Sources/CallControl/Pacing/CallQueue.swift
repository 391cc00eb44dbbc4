package import CallCore

/// Calls that wait in one line: of one agent, in one lane of its batches or in none, with one priority; due times order them.
package struct CallQueue: Hashable, Sendable {
    package let organization: OrganizationID
    package let agent: AgentID
    /// The last character of the batch's id, empty for calls without one.
    ///
    /// That is drawn by chance out of 62. A queue for each batch would make a thousand of a million calls, and each has to be looked
    /// at; so a batch shares its turns with a sixty-second of the others.
    package let lane: String
    package let priority: Int

    package init(organization: OrganizationID, agent: AgentID, batch: BatchID?, priority: Int) {
        self.organization = organization
        self.agent = agent
        lane = batch.map { String($0.rawValue.suffix(1)) } ?? ""
        self.priority = priority
    }

    package init(_ call: Call) {
        self.init(organization: call.organization, agent: call.agent, batch: call.batch, priority: call.priority)
    }
}

/// A queue and its first call.
package struct QueueHead: Sendable, Equatable {
    package let queue: CallQueue
    package let due: Moment

    package init(_ queue: CallQueue, due: Moment) {
        self.queue = queue
        self.due = due
    }

    /// Its priority after what it has waited: one better every minute, so that nothing waits for ever.
    ///
    /// The last of all, 10, is as urgent as the first after ten minutes, before it is too late to be dialled (`maxLateness`).
    package func urgency(at now: Moment) -> Int {
        max(0, queue.priority - Int(max(0, now.since(due).milliseconds) / Self.aging.milliseconds))
    }

    private static let aging: Duration = .seconds(60)
}
