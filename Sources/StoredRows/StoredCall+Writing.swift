package import CallCore

extension StoredCall {
    /// Those that the calls of a batch have in common, if not all of them are told one by one.
    package static let commonColumns: Columns = """
        organization, agent, batch, phase, status, held, stopped, priority, created, updated, events, contact_email, \
        caller_id, retry, windows
        """
    /// The common ones first.
    package static let insertColumns =
        commonColumns + "id, due, phone, contact_name, scheduled, listed_at, metadata, call_metadata"

    /// A new call, whose first event is written with it.
    package static func insertValues(_ call: Call, held: Bool, stopped: Bool) -> StoredValues {
        StoredValues([
            .of(call.organization.rawValue), .of(call.agent.rawValue), .of(call.batch?.rawValue),
            .of(StoredPhase.number(call.phase)), .of(call.status.rawValue), .of(held), .of(stopped),
            .of(call.priority), .of(call.createdAt), .of(call.updatedAt), .number(1), .of(call.contact.email),
            .of(call.callerID?.e164), .of(call.retries.map(StoredRetry.text)), .of(StoredWindow.text(call.windows)),
            .of(call.id.rawValue), .of(call.dueAt), .of(call.contact.phone.e164), .of(call.contact.name),
            .of(call.scheduledAt), .of(call.scheduledAt ?? call.createdAt), .of(call.metadata), .of(call.callMetadata),
        ])
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
