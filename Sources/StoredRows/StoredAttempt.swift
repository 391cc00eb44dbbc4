package import CallCore

/// A row of `attempts`.
package enum StoredAttempt {
    package static let columns: Columns = """
        number, room, status, dial, sent, deadline, started, ringing, answered, ended, sip_status, failure_reason, \
        room_id, dispatch_id, job_id, participant_id, sip_call_id, carrier_call, departure, departure_answered, agent_gone
        """

    package static func attempt(_ row: some StoredRow) throws -> Attempt {
        var attempt = Attempt(
            number: Int(row.number(0)), room: RoomName(rawValue: row.text(1)), startedAt: row.instant(6))
        guard let status = CallStatus(rawValue: row.text(2)) else { throw Corrupt("attempt of \(attempt.room)") }
        attempt.status = status
        attempt.dial = StoredDial.dial(row.number(3), sent: row.moment(4), deadline: row.moment(5))
        attempt.ringingAt = row.moment(7)
        attempt.answeredAt = row.moment(8)
        attempt.endedAt = row.moment(9)
        attempt.sipStatusCode = row.optionalNumber(10).map { Int($0) }
        attempt.failureReason = row.optionalText(11).flatMap(FailureReason.init(rawValue:))
        attempt.livekit = LiveKitIDs(
            room: row.optionalText(12), dispatch: row.optionalText(13), job: row.optionalText(14),
            participant: row.optionalText(15), sipCall: row.optionalText(16), carrierCall: row.optionalText(17))
        if let reason = row.optionalText(18).flatMap(Departure.Reason.init(rawValue:)) {
            attempt.departure = Departure(reason: reason, wasAnswered: row.flag(19))
        }
        attempt.agentGoneSince = row.moment(20)
        return attempt
    }

    package static let updateColumns: Columns = """
        status, dial, sent, deadline, ringing, answered, ended, sip_status, failure_reason, room_id, dispatch_id, job_id, \
        participant_id, sip_call_id, carrier_call, departure, departure_answered, agent_gone
        """

    package static func updateValues(_ attempt: Attempt) -> StoredValues {
        [
            attempt.status.rawValue, StoredDial.number(attempt.dial), attempt.dial.sentAt, attempt.dial.inFlightUntil,
            attempt.ringingAt, attempt.answeredAt, attempt.endedAt, attempt.sipStatusCode,
            attempt.failureReason?.rawValue, attempt.livekit.room, attempt.livekit.dispatch, attempt.livekit.job,
            attempt.livekit.participant, attempt.livekit.sipCall, attempt.livekit.carrierCall,
            attempt.departure?.reason.rawValue, attempt.departure?.wasAnswered, attempt.agentGoneSince,
        ]
    }

    package static let insertColumns = updateColumns + "call, number, room, started, organization, phone"

    /// The call's organization and number stand with each attempt, so that those to one number are found by an index.
    package static func insertValues(_ attempt: Attempt, ofCall key: Int64, _ call: Call) -> StoredValues {
        updateValues(attempt) + [
            key, attempt.number, attempt.room.rawValue, attempt.startedAt, call.organization.rawValue,
            call.contact.phone.e164,
        ]
    }
}
