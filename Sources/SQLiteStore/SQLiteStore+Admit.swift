package import CallControl
package import CallCore
import Foundation
import GRDB
import NIOConcurrencyHelpers
import StoredRows

extension SQLiteStore {
    package func admitDue(
        _ terms: AdmissionTerms, at now: Moment, claimingUntil: Moment,
        by rule: @escaping @Sendable (Call, Scene) -> Decision
    ) async throws(StoreFailure) -> Admissions {
        let places = lastPlaces
        return try await commits.write { db in
            var heads = try Self.heads(passing: [], atMost: StoredQueue.few, db)
            // All there are, or too many to look into those whose agents may begin nothing now.
            let areAll = heads.count < StoredQueue.few
            if !areAll { heads = try Self.heads(passing: nil, db) }
            let (pacing, agents) = try Self.pacing(terms, over: heads.map(\.queue.agent), places, at: now, db)
            if !areAll { heads = try Self.heads(passing: pacing.shut, db) }
            var intake = Intake(terms, pacing)
            while true {
                for pick in intake.nextRound(heads) {
                    for row in try Self.due(pick, at: now, db) where intake.wants(pick.queue) {
                        if let batch = row.call.batch, intake.asksAbout(batch) {
                            intake.note(
                                try Self.allowance(of: batch, in: row.call.organization, at: now, db), of: batch)
                        }
                        let decided = try Self.decide(
                            row, under: terms.limits.number, allowance: intake.allowance(of: row.call.batch),
                            claimingUntil: claimingUntil, at: now, by: rule, db)
                        intake.note(decided, of: pick.queue, dial: try decided.dial(by: agents))
                    }
                }
                guard intake.goesOn else { break }
                heads = try Self.heads(passing: pacing.shut, db)
            }
            for (gate, pace) in intake.pacing.moved {
                try db.run("INSERT OR REPLACE INTO paces (gate, next) VALUES (?, ?)", [gate.name, pace.next])
            }
            return intake.admissions(heads)
        }
    }

    package func load(
        of agent: AgentID, under limits: DialLimits, at now: Moment
    ) async throws(StoreFailure) -> [GateLoad] {
        let places = lastPlaces
        return try await read { db in
            try Self.pacing(AdmissionTerms(limits: limits), over: [agent], places, at: now, db).pacing.loads(of: agent)
        }
    }

    package func takePlace(
        _ gates: [RatedGate], at now: Moment
    ) async throws(StoreFailure) -> GatePlace {
        starts.withLockedValue { $0.takePlace(gates, at: now) }
    }

    package func movePlace(
        _ gates: [RatedGate], from place: Moment, to start: Moment
    ) async throws(StoreFailure) {
        starts.withLockedValue { $0.move(gates, from: place, to: start) }
    }

    private var lastPlaces: [DialGate: Moment] { starts.withLockedValue { $0.logs.compactMapValues(\.last) } }

    /// The first call of each queue, of those agents of one queue only; nil: of all agents.
    private static func heads(
        passing agents: Set<AgentID>?, atMost limit: Int = StoredQueue.most, _ db: Database
    ) throws -> [QueueHead] {
        let list = try agents.map { String(decoding: try JSONEncoder().encode($0.map(\.rawValue)), as: UTF8.self) }
        // Read where they lie: each row's copy would cost more than finding it does.
        return try Array(db.cursor(heads, [list, limit]).map { StoredQueue.head($0) })
    }

    /// One seek a queue, or two, however long it is; seen by the test of its plan.
    ///
    /// Of `(queue, priority) > (?, ?)` SQLite seeks the queue and then walks over all of its calls.
    package static let heads = """
        WITH RECURSIVE heads (key) AS (SELECT (\(firstWaiting("queue > ''"))) UNION ALL \
        SELECT CASE WHEN ?1 IS NULL OR h.agent IN (SELECT value FROM json_each(?1)) \
        THEN (\(firstWaiting("queue > \(StoredQueue.end(of: "h.agent"))"))) \
        ELSE coalesce((\(firstWaiting("queue = h.queue AND priority > h.priority"))), \
        (\(firstWaiting("queue > h.queue")))) END \
        FROM heads CROSS JOIN calls h ON h.key = heads.key LIMIT ?2) \
        SELECT \(StoredQueue.columns) FROM heads CROSS JOIN calls USING (key)
        """

    private static func firstWaiting(_ condition: String) -> String {
        """
        SELECT key FROM calls INDEXED BY calls_queues WHERE phase = 0 AND held = 0 AND stopped = 0 AND \(condition) \
        ORDER BY queue, priority, due LIMIT 1
        """
    }

    private static func due(_ pick: Pacing.Pick, at now: Moment, _ db: Database) throws -> [StoredCall] {
        try db.rows(
            """
            SELECT \(StoredCall.columns) FROM calls INDEXED BY calls_queues WHERE phase = 0 AND held = 0 AND stopped = 0 \
            AND queue = ? AND priority = ? AND due <= ? ORDER BY due LIMIT ?
            """, [StoredQueue.name(of: pick.queue), pick.queue.priority, now, pick.count]
        ).map { try StoredCall($0, db) }
    }

    private static func pacing(
        _ terms: AdmissionTerms, over asked: [AgentID], _ lastPlaces: [DialGate: Moment], at now: Moment,
        _ db: Database
    ) throws -> (pacing: Pacing, agents: [AgentID: Agent]) {
        let live = try liveByAgent(db)
        var agents: [AgentID: Agent] = [:]
        for id in Set(asked).union(live.keys) { agents[id] = try StoredAgent.fetch(id, db) }
        var paces: [DialGate: Pace] = [:]
        for gate in terms.limits.pacedGates(agents.values) {
            paces[gate] = try db.integer("SELECT next FROM paces WHERE gate = ?", [gate.name]).map(Pace.init)
        }
        let pacing = Pacing(
            terms.limits, rotation: terms.rotation, agents: agents, live: live, paces: paces,
            lastPlaces: lastPlaces, at: now)
        return (pacing, agents)
    }

    static func liveByAgent(_ db: Database) throws -> [AgentID: Int] {
        let counts = try db.rows(
            "SELECT agent, count(*) FROM calls INDEXED BY calls_live WHERE phase BETWEEN 1 AND 4 GROUP BY agent"
        ).map { (AgentID(rawValue: $0.text(0)), Int($0.number(1))) }
        return Dictionary(counts) { first, _ in first }
    }
}
