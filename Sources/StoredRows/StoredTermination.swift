package import CallControl
package import CallCore

/// A row of `terminations`.
package enum StoredTermination {
    package static let columns: Columns = "state, requested, verified, tries, last_error"

    package static func termination(_ row: some StoredRow) throws -> Termination {
        guard let state = Termination.State(rawValue: row.text(0)) else {
            throw Corrupt("a termination is \(row.text(0))")
        }
        return Termination(
            state: state, requestedAt: row.instant(1), verifiedAt: row.moment(2), attempts: Int(row.number(3)),
            lastError: row.optionalText(4))
    }

    /// For a lease: of the row (`t`) as it stood before, its call (`c`) and its attempt (`a`), either of which may be missing.
    package static let leaseColumns = """
        t.room, c.id, a.dial, a.sent, a.deadline, t.requested, t.tries, t.fence + 1, t.armed, \
        a.participant_id IS NOT NULL OR a.ringing IS NOT NULL OR a.answered IS NOT NULL, c.status, \(phoneIsDown)
        """

    /// Of the same tables: the call ended on the phone's side, and nothing was heard of the room since.
    package static let phoneIsDown = """
        coalesce(t.armed = 1 AND (c.status IN ('busy', 'no_answer') \
        OR c.status = 'failed' AND c.failure_reason IN ('declined', 'invalid_number', 'trunk_failed') \
        OR c.status = 'completed' AND coalesce(c.outcome, '') <> 'agent_left'), FALSE)
        """

    /// The next lease, whose fence is still to be written.
    package static func lease(_ row: some StoredRow) -> TerminationLease {
        TerminationLease(
            room: RoomName(rawValue: row.text(0)), call: row.optionalText(1).map(CallID.init(rawValue:)),
            // Seen in the room: as if it had returned, see `Attempt.dialForHangUp`.
            dial: StoredDial.dial(
                row.flag(9) ? StoredDial.returned : row.number(2), sent: row.moment(3), deadline: row.moment(4)),
            requestedAt: row.instant(5), tries: Int(row.number(6)), fence: row.number(7), armed: row.number(8),
            isForCancel: row.text(10) == CallStatus.cancelled.rawValue, isPhoneDown: row.flag(11))
    }

    /// The lease of a row that is made with it.
    package static func firstLease(of room: RoomName, of call: Call?, at now: Moment) -> TerminationLease {
        TerminationLease(
            room: room, call: call?.id, dial: call?.attempt(in: room)?.dialForHangUp ?? .planned, requestedAt: now,
            tries: 0, fence: 1, armed: 1, isForCancel: call?.status == .cancelled)
    }
}
