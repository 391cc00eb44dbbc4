package import CallCore

/// A row of `calls` with its attempts, and the call that they are.
package struct StoredCall: Sendable {
    package let key: Int64
    /// Its agent is inactive.
    package let isHeld: Bool
    /// A stop was seen to hold it; the mark keeps it out of the index of due calls until stops are released.
    package let isStopped: Bool
    /// How many events it has, and the sequence of its last one.
    package let events: Int64
    package let call: Call

    package static let columns: Columns = """
        key, id, organization, agent, phase, status, held, priority, due, phone, contact_name, contact_email, caller_id, \
        scheduled, created, updated, ended, failure_reason, outcome, cancelled_key, cancelled_reason, cancelled_at, \
        metadata, call_metadata, attempts, events, batch, stopped, retry, windows, due_before
        """

    package static func key(_ row: some StoredRow) -> Int64 { row.number(0) }

    /// Most calls that wait have none, and need not be asked for them.
    package static func hasAttempts(_ row: some StoredRow) -> Bool { row.number(24) > 0 }

    /// `attempts`: all of the call's, oldest first.
    package init(_ row: some StoredRow, attempts: [Attempt]) throws {
        key = row.number(0)
        isHeld = row.flag(6)
        events = row.number(25)
        isStopped = row.flag(27)
        var attempts = attempts
        let phase: Phase
        if let live = StoredPhase.live(row.number(4)) {
            guard let current = attempts.popLast() else { throw Corrupt("call \(key) is live and has no attempt") }
            phase = live(current)
        } else if row.number(4) == StoredPhase.ended {
            guard let status = CallStatus(rawValue: row.text(5)) else { throw Corrupt("call \(key) has no status") }
            phase = .ended(
                Ending(
                    status: status, at: row.instant(16),
                    failureReason: row.optionalText(17).flatMap(FailureReason.init(rawValue:))))
        } else {
            phase = .waiting
        }
        let phone = try Self.phone(row)
        let organization = OrganizationID(rawValue: row.text(2))
        let cancelledBy = row.optionalText(19).map {
            Cancellation(
                organization: organization, key: KeyID(rawValue: $0), reason: row.optionalText(20), at: row.instant(21))
        }
        call = Call(
            id: CallID(rawValue: row.text(1)), organization: organization, agent: AgentID(rawValue: row.text(3)),
            batch: row.optionalText(26).map(BatchID.init(rawValue:)),
            contact: Contact(phone: phone, name: row.optionalText(10), email: row.optionalText(11)),
            callerID: row.optionalText(12).flatMap { PhoneNumber($0) }, priority: Int(row.number(7)),
            scheduledAt: row.moment(13), dueAt: row.instant(8), dueBefore: row.moment(30), createdAt: row.instant(14),
            metadata: row.optionalText(22), callMetadata: row.optionalText(23),
            retries: try row.optionalText(28).map { try StoredRetry.plan($0) },
            windows: try row.optionalText(29).map { try StoredWindow.windows($0) } ?? [], phase: phase,
            pastAttempts: attempts,
            cancelledBy: cancelledBy, outcome: row.optionalText(18), updatedAt: row.instant(15))
    }

    /// The row of a new call, before the database has given it a key.
    package init(new call: Call, isHeld: Bool, isStopped: Bool) {
        self.init(key: 0, isHeld: isHeld, isStopped: isStopped, events: 1, call: call)
    }

    init(key: Int64, isHeld: Bool, isStopped: Bool, events: Int64, call: Call) {
        self.key = key
        self.isHeld = isHeld
        self.isStopped = isStopped
        self.events = events
        self.call = call
    }
}
