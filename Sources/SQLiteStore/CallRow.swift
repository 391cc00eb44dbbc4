import CallControl
import CallCore
import GRDB

/// A row of `calls` with its attempts, and the call that they are.
struct CallRow {
    let key: Int64
    /// Its agent is inactive.
    let isHeld: Bool
    /// A stop was seen to hold it; the mark keeps it out of the index of due calls until stops are released.
    let isStopped: Bool
    let events: Int64
    let call: Call

    static let columns = """
        key, id, organization, agent, phase, status, held, priority, due, phone, contact_name, contact_email, caller_id, \
        scheduled, created, updated, ended, failure_reason, outcome, cancelled_key, cancelled_reason, cancelled_at, \
        metadata, call_metadata, attempts, events, batch, stopped
        """

    static func fetch(_ id: CallID, _ db: Database) throws -> CallRow? {
        guard let row = try db.row("SELECT \(columns) FROM calls WHERE id = ?", [id.rawValue]) else { return nil }
        return try CallRow(row, db)
    }

    static func fetch(key: Int64, _ db: Database) throws -> CallRow? {
        guard let row = try db.row("SELECT \(columns) FROM calls WHERE key = ?", [key]) else { return nil }
        return try CallRow(row, db)
    }

    init(_ row: Row, _ db: Database) throws {
        key = row.number(0)
        isHeld = row.number(6) == 1
        events = row.number(25)
        isStopped = row.number(27) == 1
        var attempts = row.number(24) == 0 ? [] : try AttemptRow.fetch(ofCall: key, db)
        let phaseNumber = row.number(4)
        let phase: Phase
        let organization = OrganizationID(rawValue: row.text(2))
        switch phaseNumber {
        case 1...4:
            guard let current = attempts.popLast() else { throw Corrupt("call \(key) is live and has no attempt") }
            phase =
                switch phaseNumber {
                case 1: .placing(current)
                case 2: .dialling(current)
                case 3: .ringing(current)
                default: .active(current)
                }
        case 5:
            guard let status = CallStatus(rawValue: row.text(5)) else { throw Corrupt("call \(key) has no status") }
            phase = .ended(
                Ending(
                    status: status, at: row.instant(16),
                    failureReason: (row[17] as String?).flatMap(FailureReason.init(rawValue:))))
        default: phase = .waiting
        }
        guard let phone = PhoneNumber(row.text(9)) else { throw Corrupt("call \(key) has no phone number") }
        let cancelledBy = (row[19] as String?).map {
            Cancellation(
                organization: organization, key: KeyID(rawValue: $0), reason: row[20], at: row.instant(21))
        }
        call = Call(
            id: CallID(rawValue: row.text(1)), organization: organization, agent: AgentID(rawValue: row.text(3)),
            batch: (row[26] as String?).map(BatchID.init(rawValue:)),
            contact: Contact(phone: phone, name: row[10], email: row[11]),
            callerID: (row[12] as String?).flatMap { PhoneNumber($0) }, priority: Int(row.number(7)),
            scheduledAt: row.moment(13), dueAt: row.instant(8), createdAt: row.instant(14), metadata: row[22],
            callMetadata: row[23], phase: phase, pastAttempts: attempts, cancelledBy: cancelledBy, outcome: row[18],
            updatedAt: row.instant(15))
    }

    static func phaseNumber(_ phase: Phase) -> Int64 {
        switch phase {
        case .waiting: 0
        case .placing: 1
        case .dialling: 2
        case .ringing: 3
        case .active: 4
        case .ended: 5
        }
    }

    static func insert(_ call: Call, held: Bool, stopped: Bool, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO calls (id, organization, agent, phase, status, held, priority, due, phone, contact_name, \
            contact_email, caller_id, scheduled, listed_at, created, updated, metadata, call_metadata, batch, \
            stopped, events) VALUES (?, ?, ?, 0, 'initiated', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
            """,
            [
                call.id.rawValue, call.organization.rawValue, call.agent.rawValue, held, call.priority,
                call.dueAt.milliseconds, call.contact.phone.e164, call.contact.name, call.contact.email,
                call.callerID?.e164, call.scheduledAt?.milliseconds,
                (call.scheduledAt ?? call.createdAt).milliseconds, call.createdAt.milliseconds,
                call.updatedAt.milliseconds, call.metadata, call.callMetadata, call.batch?.rawValue, stopped,
            ])
        try db.run(
            "INSERT INTO events (call, sequence, at, what) VALUES (?, 1, ?, ?)",
            [db.lastInsertedRowID, call.createdAt.milliseconds, Notice.created.rawValue])
    }

    /// Writes what changed, with the event that the change makes.
    func update(to new: Call, at now: Moment, _ db: Database) throws {
        let notice = Notice(from: call.status, to: new.status)
        var ending: Ending?
        if case .ended(let ended) = new.phase { ending = ended }
        let attempts = new.attempts
        let last = attempts.last
        try db.run(
            """
            UPDATE calls SET phase = ?, status = ?, due = ?, updated = ?, answered = ?, ended = ?, failure_reason = ?, \
            outcome = ?, cancelled_key = ?, cancelled_reason = ?, cancelled_at = ?, carrier_call = ?, attempts = ?, \
            events = ? WHERE key = ?
            """,
            [
                Self.phaseNumber(new.phase), new.status.rawValue, new.dueAt.milliseconds, new.updatedAt.milliseconds,
                attempts.last { $0.answeredAt != nil }?.answeredAt?.milliseconds, ending?.at.milliseconds,
                ending?.failureReason?.rawValue, new.outcome, new.cancelledBy?.key.rawValue, new.cancelledBy?.reason,
                new.cancelledBy?.at.milliseconds, last?.livekit.carrierCall, attempts.count,
                events + (notice == nil ? 0 : 1), key,
            ])
        let old = call.attempts
        for (index, attempt) in attempts.enumerated() where index >= old.count || old[index] != attempt {
            if index < old.count {
                try AttemptRow.update(attempt, ofCall: key, db)
            } else {
                try AttemptRow.insert(attempt, ofCall: key, db)
            }
        }
        if let notice {
            try db.run(
                "INSERT INTO events (call, sequence, at, what) VALUES (?, ?, ?, ?)",
                [key, events + 1, now.milliseconds, notice.rawValue])
        }
    }
}

/// A row that the schema should have made impossible.
struct Corrupt: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
