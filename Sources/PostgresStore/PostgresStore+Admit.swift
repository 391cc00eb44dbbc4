package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func admitDue(
        _ terms: AdmissionTerms, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Admissions {
        try await write(.many) { db in
            // One node admits at a time: who comes second is told none, and asks again.
            guard try await db.row(AdvisoryLock.admission)?.flag(0) == true else {
                return .elsewhere(terms, at: now)
            }
            var heads = try await Self.heads(passing: [], atMost: StoredQueue.few, db)
            // All there are, or too many to look into those whose agents may begin nothing now.
            let areAll = heads.count < StoredQueue.few
            if !areAll { heads = try await Self.heads(passing: nil, db) }
            let pacing = try await db.pacing(terms, over: heads.map(\.queue.agent), at: now)
            if !areAll { heads = try await Self.heads(passing: pacing.shut, db) }
            var intake = Intake(terms, pacing)
            while true {
                let picks = intake.nextRound(heads)
                guard !picks.isEmpty else { break }
                let waiting = try await Self.waiting(
                    try await Self.due(picks, at: now, db), under: terms.limits.number, at: now, db)
                // Read once more, now that their organizations are held: they are as they will be when this is on the disk.
                let agents = try await db.agents(waiting.map(\.row.call.agent))
                var begun = BegunDials()
                let batches = Set(waiting.compactMap(\.row.call.batch)).filter(intake.asksAbout)
                let allowances = try await db.allowances(of: batches, at: now)
                for batch in batches { intake.note(allowances[batch], of: batch) }
                for (read, latch, isHangingUp, dials) in waiting {
                    let queue = CallQueue(read.call)
                    guard intake.wants(queue) else { continue }
                    let row = read.held(byInactive: agents[read.call.agent]?.status == .inactive)
                    if row.isHeld { db.write("UPDATE calls SET held = TRUE WHERE key = $1", [row.key]) }
                    let decided = try await db.decide(
                        row, latch: latch, isHangingUp: isHangingUp, window: agents[read.call.agent]?.widerWindow,
                        numberOpening: terms.limits.number?.opening(
                            after: begun.adding(to: dials, for: row.call), at: now),
                        allowance: intake.allowance(of: read.call.batch), claimingUntil: claimingUntil, at: now,
                        by: rule)
                    let dial = try decided.dial(by: agents)
                    if dial != nil { begun.note(row.call) }
                    intake.note(decided, of: queue, dial: dial)
                }
                guard intake.goesOn else { break }
                heads = try await Self.heads(passing: pacing.shut, db)
            }
            for (gate, pace) in intake.pacing.moved { db.write(Self.keepPace, [gate.name, pace.next]) }
            return intake.admissions(heads)
        }
    }

    private static let keepPace = """
        INSERT INTO paces (gate, next) VALUES ($1, $2) ON CONFLICT (gate) DO UPDATE SET next = excluded.next
        """

    /// The first call of each queue, of those agents of one queue only; nil: of all agents.
    private static func heads(
        passing agents: Set<AgentID>?, atMost limit: Int = StoredQueue.most, _ db: Transaction
    ) async throws -> [QueueHead] {
        try await db.rows(heads, [agents.map { List.of($0.map(\.rawValue)) }, limit]).map { StoredQueue.head($0) }
    }

    /// One seek a queue, however long it is.
    private static let heads = """
        WITH RECURSIVE heads AS ((\(nextHead) ORDER BY \(StoredQueue.name), priority, due LIMIT 1) UNION ALL \
        SELECT n.* FROM heads h \
        CROSS JOIN LATERAL (SELECT $1::text[] IS NULL OR h.agent IN (SELECT unnest($1::text[])) AS passes OFFSET 0) p \
        CROSS JOIN LATERAL (\(nextHead) AND (\(StoredQueue.name), priority) > \
        (CASE WHEN p.passes THEN \(StoredQueue.end(of: "h.agent")) ELSE h.queue END, \
        CASE WHEN p.passes THEN -1 ELSE h.priority END) \
        ORDER BY \(StoredQueue.name), priority, due LIMIT 1) n) \
        SELECT \(StoredQueue.columns) FROM heads LIMIT $2
        """

    private static let nextHead = """
        SELECT \(StoredQueue.columns), \(StoredQueue.name) AS queue FROM calls \
        WHERE phase = 0 AND NOT held AND NOT stopped
        """

    /// The first calls of these queues, locked; those that somebody decides about this moment are left for the next time.
    private static func due(
        _ picks: [Pacing.Pick], at now: Moment, _ db: Transaction
    ) async throws -> Rows {
        let found = try await db.all(
            picks.map { pick in
                Statement(
                    """
                    SELECT key FROM calls WHERE phase = 0 AND NOT held AND NOT stopped AND \(StoredQueue.name) = $1 \
                    AND priority = $2 AND due <= $3 ORDER BY due LIMIT $4
                    """, [StoredQueue.name(of: pick.queue), pick.queue.priority, now, pick.count])
            })
        return try await db.change(
            """
            SELECT \(StoredCall.columns) FROM calls WHERE key = ANY ($1::bigint[]) AND phase = 0 AND NOT held \
            AND NOT stopped AND \(AdvisoryLock.holdingItsOrganization) ORDER BY priority, due \
            FOR NO KEY UPDATE SKIP LOCKED
            """, [List.of(found.flatMap { rows in rows.map { $0.number(0) } })])
    }

    /// The calls of these rows with the stop that holds each, whether a phone of it may be up still, and the dials to its number that
    /// the limit counts, on one journey for all.
    private static func waiting(
        _ rows: Rows, under limit: NumberLimit?, at now: Moment, _ db: Transaction
    ) async throws -> [(row: StoredCall, latch: Latch?, isHangingUp: Bool, dials: NumberDials)] {
        var asked: [Statement] = []
        for raw in rows {
            let organization = StoredCall.organization(raw)
            db.hold(organization)
            asked.append(Transaction.latches(of: organization, covering: StoredCall.stopValues(raw), limit: 1))
            if let limit {
                asked.append(
                    Transaction.dials(to: try StoredCall.phone(raw), of: organization, under: limit, at: now))
            }
            if StoredCall.hasAttempts(raw) {
                asked.append(Transaction.attempts(of: StoredCall.key(raw)))
                asked.append(Transaction.openHangUp(of: StoredCall.key(raw)))
            }
        }
        var seen = try await db.all(asked)[...]
        return try rows.map { raw in
            let latch = seen.removeFirst().first.map { Latch($0) }
            let dials = limit == nil ? NumberDials() : StoredNumberDials.dials(seen.removeFirst())
            guard StoredCall.hasAttempts(raw) else { return (try StoredCall(raw, attempts: []), latch, false, dials) }
            let attempts = try seen.removeFirst().map { try StoredAttempt.attempt($0) }
            return (try StoredCall(raw, attempts: attempts), latch, !seen.removeFirst().isEmpty, dials)
        }
    }
}
