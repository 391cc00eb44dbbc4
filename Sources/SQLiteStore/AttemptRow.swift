import CallCore
import GRDB

/// Rows of `attempts`.
enum AttemptRow {
    static let columns = """
        number, room, status, dial, sent, deadline, started, ringing, answered, ended, sip_status, failure_reason, \
        room_id, dispatch_id, job_id, participant_id, sip_call_id, carrier_call, departure, departure_answered, agent_gone
        """

    static func fetch(ofCall key: Int64, _ db: Database) throws -> [Attempt] {
        try db.rows("SELECT \(columns) FROM attempts WHERE call = ? ORDER BY number", [key]).map(attempt)
    }

    static func attempt(_ row: Row) throws -> Attempt {
        var attempt = Attempt(
            number: Int(row.number(0)), room: RoomName(rawValue: row.text(1)), startedAt: row.instant(6))
        guard let status = CallStatus(rawValue: row.text(2)) else { throw Corrupt("attempt of \(attempt.room)") }
        attempt.status = status
        attempt.dial = dial(row.number(3), sent: row.moment(4), deadline: row.moment(5))
        attempt.ringingAt = row.moment(7)
        attempt.answeredAt = row.moment(8)
        attempt.endedAt = row.moment(9)
        attempt.sipStatusCode = row[10]
        attempt.failureReason = (row[11] as String?).flatMap(FailureReason.init(rawValue:))
        attempt.livekit = LiveKitIDs(
            room: row[12], dispatch: row[13], job: row[14], participant: row[15], sipCall: row[16], carrierCall: row[17]
        )
        if let reason = (row[18] as String?).flatMap(Departure.Reason.init(rawValue:)) {
            attempt.departure = Departure(reason: reason, wasAnswered: row.number(19) == 1)
        }
        attempt.agentGoneSince = row.moment(20)
        return attempt
    }

    static func dial(_ number: Int64, sent: Moment?, deadline: Moment?) -> Dial {
        switch (number, sent, deadline) {
        case (1, let sent?, let deadline?): .out(sent: sent, deadline: deadline)
        case (2, let sent?, let deadline?): .lost(sent: sent, deadline: deadline)
        case (3, let sent?, _): .returned(sent: sent)
        default: .planned
        }
    }

    private static func dialNumber(_ dial: Dial) -> Int64 {
        switch dial {
        case .planned: 0
        case .out: 1
        case .lost: 2
        case .returned: 3
        }
    }

    private static func values(_ attempt: Attempt) -> StatementArguments {
        [
            attempt.status.rawValue, dialNumber(attempt.dial), attempt.dial.sentAt?.milliseconds,
            attempt.dial.inFlightUntil?.milliseconds, attempt.ringingAt?.milliseconds,
            attempt.answeredAt?.milliseconds, attempt.endedAt?.milliseconds, attempt.sipStatusCode,
            attempt.failureReason?.rawValue, attempt.livekit.room, attempt.livekit.dispatch, attempt.livekit.job,
            attempt.livekit.participant, attempt.livekit.sipCall, attempt.livekit.carrierCall,
            attempt.departure?.reason.rawValue, attempt.departure?.wasAnswered, attempt.agentGoneSince?.milliseconds,
        ]
    }

    static func insert(_ attempt: Attempt, ofCall key: Int64, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO attempts (status, dial, sent, deadline, ringing, answered, ended, sip_status, failure_reason, \
            room_id, dispatch_id, job_id, participant_id, sip_call_id, carrier_call, departure, departure_answered, \
            agent_gone, call, number, room, started) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            values(attempt) + [key, attempt.number, attempt.room.rawValue, attempt.startedAt.milliseconds])
    }

    static func update(_ attempt: Attempt, ofCall key: Int64, _ db: Database) throws {
        try db.run(
            """
            UPDATE attempts SET status = ?, dial = ?, sent = ?, deadline = ?, ringing = ?, answered = ?, ended = ?, \
            sip_status = ?, failure_reason = ?, room_id = ?, dispatch_id = ?, job_id = ?, participant_id = ?, \
            sip_call_id = ?, carrier_call = ?, departure = ?, departure_answered = ?, agent_gone = ? \
            WHERE call = ? AND number = ?
            """,
            values(attempt) + [key, attempt.number])
    }
}
