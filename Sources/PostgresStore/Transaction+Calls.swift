import CallControl
import CallCore
import StoredRows

// Calls in a transaction: how they are read, and how what a rule decided is written.
extension Transaction {
    /// The call as nobody can change it until the end of the transaction; nil: no such call.
    ///
    /// Its row comes first and alone: what is asked in the same breath would be as it was before the row could be locked. Where stops
    /// concern it, its lane has held its organization before, see `hold`.
    func lock(_ id: CallID) async throws -> Row? { try await row(Self.lockCall, [id.rawValue]) }

    private static let lockCall = "SELECT \(StoredCall.columns) FROM calls WHERE id = $1 FOR NO KEY UPDATE"

    /// Calls as they are read, not locked, by their keys.
    func calls(keys: [Int64]) async throws -> [Int64: StoredCall] {
        let list = List.of(keys)
        let seen = try await all([
            Statement("SELECT \(StoredCall.columns) FROM calls WHERE key = ANY ($1::bigint[])", [list]),
            Statement(
                "SELECT \(StoredAttempt.columns), call FROM attempts WHERE call = ANY ($1::bigint[]) ORDER BY number",
                [list]),
        ])
        let attempts = Dictionary(grouping: seen[1]) { $0.number(StoredAttempt.columns.count) }
        let calls = try seen[0].map { row in
            let own = attempts[StoredCall.key(row)] ?? []
            return (StoredCall.key(row), try StoredCall(row, attempts: own.map { try StoredAttempt.attempt($0) }))
        }
        return Dictionary(calls) { first, _ in first }
    }

    static func attempts(of key: Int64) -> Statement { Statement(selectAttempts, [key]) }

    private static let selectAttempts =
        "SELECT \(StoredAttempt.columns) FROM attempts WHERE call = $1 ORDER BY number"

    /// A row where a phone of the call is not verified to be silent; read behind the call's lock, which everybody has who settles
    /// or orders a hang-up of it.
    static func openHangUp(of key: Int64) -> Statement { Statement(selectOpenHangUp, [key]) }

    private static let selectOpenHangUp =
        "SELECT 1 FROM attempts a, terminations t WHERE a.call = $1 AND \(StoredCall.openHangUps) LIMIT 1"

    static func fence(of room: RoomName) -> Statement {
        Statement("SELECT fence FROM dials WHERE room = $1 FOR UPDATE", [room.rawValue])
    }

    /// The stops and suppressions in force that have such a call in their scope.
    ///
    /// The values of the four scopes have different forms, so that none is taken for another.
    static func latches(
        of organization: OrganizationID, covering values: StoredValues, limit: Int = StoredCall.mostHolds
    ) -> Statement {
        selectLatches.statement([organization.rawValue] + values + [limit])
    }

    // A seek for each value. Of one condition with all of them the planner makes, as long as it has no statistics, a walk through all
    // that is in force: a hundred thousand suppressed numbers.
    private static let selectLatches: Question = {
        let seeks = ["''", "$2", "$3", "$4"].map { value in
            """
            SELECT \(Latch.columns), at FROM stops WHERE organization = $1 AND released IS NULL \
            AND coalesce(value, '') = \(value)
            """
        }
        return Question(
            "SELECT * FROM (\(seeks.joined(separator: " UNION ALL "))) l ORDER BY \(Latch.order) LIMIT $5",
            ["text", "text", "text", "text", "bigint"])
    }()

    /// Runs the rule on a call that is locked, with what else it must see, and writes what it decided.
    func decide(
        _ row: StoredCall, latch: Latch?, isHangingUp: Bool = false, window: WiderWindow? = nil,
        numberOpening: Moment? = nil, allowance: Allowance? = nil, claimingUntil: Moment?, at now: Moment,
        by rule: (Call, Scene) -> Decision
    ) async throws -> Decided {
        let scene = row.scene(
            latch: latch, isHangingUp: isHangingUp, window: window, numberOpening: numberOpening, allowance: allowance)
        let decided = try await write(rule(row.call, scene), of: row, claimingUntil: claimingUntil, at: now)
        // It was asked for its admission, or was withdrawn from it: until stops are released it is not asked again.
        if scene.latch != nil, decided.call.phase == .waiting, !row.isStopped {
            write("UPDATE calls SET stopped = TRUE WHERE key = $1", [row.key])
        }
        return decided
    }

    private func write(
        _ decision: Decision, of row: StoredCall, claimingUntil: Moment?, at now: Moment
    ) async throws -> Decided {
        switch decision {
        case .stay: return Decided(call: row.call, verdict: .stayed)
        case .refuse(let refusal): return Decided(call: row.call, verdict: .refused(refusal))
        case .note(let call):
            write(row.becoming(call), at: now)
            return Decided(call: call, verdict: .noted)
        case .move(let call, let effects):
            if call != row.call { write(row.becoming(call), at: now) }
            var claimed: [TerminationLease] = []
            for effect in effects {
                switch effect {
                case .dial(let room):
                    write(Self.insertDial, [room.rawValue, row.key, claimingUntil ?? now, 1])
                case .hangUp(let room):
                    if let lease = try await arm(room, of: row.key, call: call, claimingUntil: claimingUntil, at: now) {
                        claimed.append(lease)
                    }
                }
            }
            return Decided(call: call, verdict: .moved, terminations: claimed)
        }
    }

    private func write(_ change: StoredCall.Change, at now: Moment) {
        let key = change.row.key
        write(Self.updateCall, change.row.updateValues + [key])
        for attempt in change.changedAttempts {
            write(Self.updateAttempt, StoredAttempt.updateValues(attempt) + [key, attempt.number])
        }
        for attempt in change.newAttempts {
            write(Self.insertAttempt, StoredAttempt.insertValues(attempt, ofCall: key, change.row.call))
        }
        if let notice = change.notice {
            write(
                Self.insertEvent,
                StoredEvent.insertValues(notice, ofCall: key, sequence: change.row.events, at: now))
        }
    }

    private static let updateCall = Statement.update("calls", StoredCall.updateColumns) { "key = $\($0)" }
    private static let updateAttempt = Statement.update("attempts", StoredAttempt.updateColumns) {
        "call = $\($0) AND number = $\($0 + 1)"
    }
    private static let insertAttempt = Insertion(into: "attempts", StoredAttempt.insertColumns)
    private static let insertEvent = Insertion(into: "events", StoredEvent.insertColumns)
    private static let insertDial = Insertion(into: "dials", "room, call, ready, fence")

    /// Makes the room's one termination, or arms it again.
    ///
    /// A new one is leased at once where the caller claims it.
    func arm(
        _ room: RoomName, of key: Int64?, call: Call?, claimingUntil: Moment?, at now: Moment
    ) async throws -> TerminationLease? {
        let values: StoredValues = [room.rawValue, key, now, claimingUntil ?? now]
        guard claimingUntil != nil else {
            write(Self.arm, values)
            return nil
        }
        guard try await change(Self.arm, values).first?.flag(0) == true else { return nil }
        return StoredTermination.firstLease(of: room, of: call, at: now)
    }

    // A verified one is opened again from now; one that is under way hears by `armed` that it must look once more. A row that is new
    // has no `xmax`: nobody has changed it.
    private static let arm = """
        INSERT INTO terminations AS t (room, call, state, requested, tries, ready, fence, armed) \
        VALUES ($1, $2, 'pending', $3, 0, $4, 1, 1) ON CONFLICT (room) DO UPDATE SET armed = t.armed + 1, \
        requested = CASE t.state WHEN 'verified' THEN $3 ELSE t.requested END, \
        ready = CASE t.state WHEN 'verified' THEN $3 ELSE t.ready END, \
        state = CASE t.state WHEN 'verified' THEN 'pending' ELSE t.state END, verified = NULL RETURNING xmax = 0
        """

    /// Tells a call, which is locked, of something that happened to its termination.
    func tell(_ notice: Notice, of key: Int64, at now: Moment) {
        write(
            """
            WITH told AS (UPDATE calls SET events = events + 1, updated = $2 WHERE key = $1 RETURNING key, events) \
            INSERT INTO events (call, sequence, at, what) SELECT key, events, $2, $3 FROM told
            """, [key, now, notice.rawValue])
    }
}
