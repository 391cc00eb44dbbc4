package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func load(
        of agent: AgentID, under limits: DialLimits, at now: Moment
    ) async throws(StoreFailure) -> [GateLoad] {
        try await lookUp { db in
            try await db.pacing(AdmissionTerms(limits: limits), over: [agent], at: now).loads(of: agent)
        }
    }

    package func takePlace(
        _ gates: [RatedGate], at now: Moment
    ) async throws(StoreFailure) -> GatePlace {
        guard !gates.isEmpty else { return .at(now) }
        return try await changing(gates) { $0.takePlace(gates, at: now) }
    }

    package func movePlace(
        _ gates: [RatedGate], from place: Moment, to start: Moment
    ) async throws(StoreFailure) {
        guard !gates.isEmpty, start.since(place) > Self.worthATransaction else { return }
        try await changing(gates) { $0.move(gates, from: place, to: start) }
    }

    /// A dial is late by more than this, or the log is left as it is: every change of it is a transaction for which others wait.
    private static let worthATransaction: Duration = .milliseconds(1)

    /// One node after the other.
    private func changing<Result: Sendable>(
        _ gates: [RatedGate], _ body: @escaping @Sendable (inout StartLogs) -> Result
    ) async throws(StoreFailure) -> Result {
        try await write(.lease) { db in
            // Not on the disk when it is answered: a server that has crashed does not come back within the window.
            db.write("SET LOCAL synchronous_commit = off")
            _ = try await db.row(AdvisoryLock.starts)
            let byName = Dictionary(gates.map { ($0.gate.name, $0.gate) }) { first, _ in first }
            let rows = try await db.rows(
                "SELECT gate, starts FROM start_logs WHERE gate = ANY ($1::text[])", [List.of(byName.keys.sorted())])
            let read = rows.compactMap { row in byName[row.text(0)].map { ($0, Self.log(row.text(1))) } }
            let before = StartLogs(Dictionary(read) { first, _ in first })
            var logs = before
            let result = body(&logs)
            for (gate, log) in logs.logs where log != before.logs[gate] {
                let starts = log.starts.map { String($0.milliseconds) }.joined(separator: " ")
                db.write(Self.keepStarts, [gate.name, starts])
            }
            return result
        }
    }

    private static let keepStarts = """
        INSERT INTO start_logs (gate, starts) VALUES ($1, $2) ON CONFLICT (gate) DO UPDATE SET starts = excluded.starts
        """

    private static func log(_ text: String) -> StartLog {
        StartLog(text.split(separator: " ").compactMap { Int64($0).map(Moment.init(milliseconds:)) })
    }
}

extension Transaction {
    /// What the rule of admission must know besides the queues: `asked` are the agents of these.
    func pacing(_ terms: AdmissionTerms, over asked: [AgentID], at now: Moment) async throws -> Pacing {
        let live = try await liveByAgent()
        let agents = try await agents(asked + live.keys)
        let gates = terms.limits.pacedGates(agents.values)
        let byName = Dictionary(gates.map { ($0.name, $0) }) { first, _ in first }
        var paces: [DialGate: Pace] = [:]
        var lastPlaces: [DialGate: Moment] = [:]
        let names = List.of(byName.keys.sorted())
        let seen = try await all([
            Statement("SELECT gate, next FROM paces WHERE gate = ANY ($1::text[])", [names]),
            Statement(
                "SELECT gate, substring(starts FROM '[0-9]+$')::bigint FROM start_logs WHERE gate = ANY ($1::text[])",
                [names]),
        ])
        for row in seen[0] { if let gate = byName[row.text(0)] { paces[gate] = Pace(next: row.number(1)) } }
        for row in seen[1] { if let gate = byName[row.text(0)] { lastPlaces[gate] = row.moment(1) } }
        return Pacing(
            terms.limits, rotation: terms.rotation, agents: agents, live: live, paces: paces, lastPlaces: lastPlaces,
            at: now)
    }

    /// How many calls each agent has under way.
    private func liveByAgent() async throws -> [AgentID: Int] {
        let counts = try await rows("SELECT agent, count(*) FROM calls WHERE phase BETWEEN 1 AND 4 GROUP BY agent")
            .map { (AgentID(rawValue: $0.text(0)), Int($0.number(1))) }
        return Dictionary(counts) { first, _ in first }
    }
}
