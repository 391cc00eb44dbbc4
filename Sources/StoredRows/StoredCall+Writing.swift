package import CallCore

extension StoredCall {
    package static let insertColumns: Columns = """
        id, organization, agent, phase, status, held, priority, due, phone, contact_name, contact_email, caller_id, \
        scheduled, listed_at, created, updated, metadata, call_metadata, batch, retry, windows, stopped, events
        """

    /// A new call, whose first event is written with it.
    package static func insertValues(_ call: Call, held: Bool, stopped: Bool) -> StoredValues {
        [
            call.id.rawValue, call.organization.rawValue, call.agent.rawValue, StoredPhase.number(call.phase),
            call.status.rawValue, held, call.priority, call.dueAt, call.contact.phone.e164, call.contact.name,
            call.contact.email, call.callerID?.e164, call.scheduledAt, call.scheduledAt ?? call.createdAt,
            call.createdAt, call.updatedAt, call.metadata, call.callMetadata, call.batch?.rawValue,
            call.retries.map(StoredRetry.text), StoredWindow.text(call.windows), stopped, 1,
        ]
    }

    /// What a customer may change of a waiting call.
    package static let amendColumns: Columns = "priority, scheduled, listed_at, due, due_before, metadata, updated"

    package static func amendValues(_ call: Call) -> StoredValues {
        [
            call.priority, call.scheduledAt, call.scheduledAt ?? call.createdAt, call.dueAt, call.dueBefore,
            call.metadata, call.updatedAt,
        ]
    }

    package static let updateColumns: Columns = """
        phase, status, due, due_before, updated, answered, ended, failure_reason, outcome, cancelled_key, cancelled_reason, \
        cancelled_at, carrier_call, attempts, events
        """

    package var updateValues: StoredValues {
        var ending: Ending?
        if case .ended(let ended) = call.phase { ending = ended }
        let attempts = call.attempts
        return [
            StoredPhase.number(call.phase), call.status.rawValue, call.dueAt, call.dueBefore, call.updatedAt,
            attempts.last { $0.answeredAt != nil }?.answeredAt, ending?.at, ending?.failureReason?.rawValue,
            call.outcome, call.cancelledBy?.key.rawValue, call.cancelledBy?.reason, call.cancelledBy?.at,
            attempts.last?.livekit.carrierCall, attempts.count, events,
        ]
    }

    /// What is to be written where a rule has changed the call.
    package struct Change: Sendable {
        /// The row as it stands afterwards.
        package let row: StoredCall
        package let changedAttempts: [Attempt]
        package let newAttempts: [Attempt]
        /// The event that the change makes, if the outside sees one; its sequence is `row.events`.
        package let notice: Notice?
    }

    package func becoming(_ new: Call) -> Change {
        let notice = Notice(from: call, to: new)
        let (before, after) = (call.attempts, new.attempts)
        return Change(
            row: StoredCall(
                key: key, isHeld: isHeld, isStopped: isStopped, events: events + (notice == nil ? 0 : 1), call: new),
            changedAttempts: zip(before, after).filter { $0 != $1 }.map(\.1),
            newAttempts: Array(after.dropFirst(before.count)), notice: notice)
    }
}
