package import CallControl
package import CallCore
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
            var heads = try Self.heads(db)
            var (pacing, agents) = try Self.pacing(terms, over: heads.map(\.queue.agent), places, at: now, db)
            var admitted: [Admitted] = []
            var started = 0
            var passedOver = 0
            var latest = 0
            while started < terms.atMost, passedOver < Admissions.mostPassedOver {
                let before = started + passedOver
                // Where many are held or too late, the ones behind them must not wait a round for each.
                let extra = latest * 2
                latest = 0
                for pick in pacing.picks(heads, atMost: terms.atMost - started) {
                    var left = pick.count
                    for row in try Self.due(pick.queue, pick.count + extra, at: now, db) where left > 0 {
                        let decided = try Self.decide(row, claimingUntil: claimingUntil, at: now, by: rule, db)
                        let dial = try Self.dial(of: decided, agents)
                        if decided.verdict == .moved { admitted.append(Admitted(call: decided.call, dial: dial)) }
                        guard dial != nil else {
                            latest += 1
                            continue
                        }
                        pacing.begin(pick.queue)
                        left -= 1
                        started += 1
                    }
                }
                passedOver += latest
                guard started + passedOver > before else { break }
                heads = try Self.heads(db)
            }
            for gate in pacing.moved {
                guard let pace = pacing.paces[gate] else { continue }
                try db.run("INSERT OR REPLACE INTO paces (gate, next) VALUES (?, ?)", [gate.name, pace.next])
            }
            return Admissions(admitted, pacing, heads)
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

    /// The first call of each queue: one seek a queue, however long it is.
    private static func heads(_ db: Database) throws -> [QueueHead] {
        var heads: [QueueHead] = []
        var place: StatementArguments = ["", -1]
        while heads.count < StoredQueue.most, let row = try db.row(nextHead, place) {
            let head = StoredQueue.head(row)
            heads.append(head)
            place = [StoredQueue.name(of: head.queue), head.queue.priority]
        }
        return heads
    }

    private static let nextHead = """
        SELECT \(StoredQueue.columns) FROM calls INDEXED BY calls_queues WHERE phase = 0 AND held = 0 AND stopped = 0 \
        AND (queue, priority) > (?, ?) ORDER BY queue, priority, due LIMIT 1
        """

    private static func due(
        _ queue: CallQueue, _ limit: Int, at now: Moment, _ db: Database
    ) throws -> [StoredCall] {
        try db.rows(
            """
            SELECT \(StoredCall.columns) FROM calls INDEXED BY calls_queues WHERE phase = 0 AND held = 0 AND stopped = 0 \
            AND queue = ? AND priority = ? AND due <= ? ORDER BY due LIMIT ?
            """, [StoredQueue.name(of: queue), queue.priority, now, limit]
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

    private static func dial(of decided: Decided, _ agents: [AgentID: Agent]) throws -> DialLease? {
        guard decided.verdict == .moved, let room = decided.call.phase.attempt?.room else { return nil }
        guard let agent = agents[decided.call.agent] else { throw Corrupt("call \(decided.call.id) has no agent") }
        return DialLease(room: room, fence: 1, call: decided.call, agent: agent)
    }
}
