package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func nextWakes() async throws(StoreFailure) -> Wakes {
        try await glance { db in
            let row = try db.row(Self.wakes)
            return Wakes(
                call: row?.moment(0), dial: row?.moment(1), termination: row?.moment(2), agentAwaySince: row?.moment(3))
        }
    }

    /// One statement, so that all of it is of one moment.
    private static let wakes: String = {
        // One seek a priority: sorted over all of them, the soonest would stand behind all that are more urgent.
        let soonest = CallOrder.priorities.map { priority in
            """
            SELECT (SELECT due FROM calls INDEXED BY calls_due WHERE phase = 0 AND held = 0 AND stopped = 0 \
            AND priority = \(priority) ORDER BY due LIMIT 1) AS due
            """
        }
        return """
            SELECT (SELECT min(due) FROM (\(soonest.joined(separator: " UNION ALL ")))), \
            (SELECT ready FROM dials ORDER BY ready LIMIT 1), \
            (SELECT ready FROM terminations WHERE state <> 'verified' ORDER BY ready LIMIT 1), \
            (SELECT a.agent_gone FROM attempts a JOIN calls c ON c.key = a.call \
            WHERE a.agent_gone IS NOT NULL AND c.phase = 4 ORDER BY a.agent_gone LIMIT 1)
            """
    }()

    package func liveCalls() async throws(StoreFailure) -> Int {
        try await glance { db in
            Int(
                try db.integer("SELECT count(*) FROM calls INDEXED BY calls_live WHERE phase BETWEEN 1 AND 4") ?? 0)
        }
    }

    package func workload() async throws(StoreFailure) -> Workload {
        try await read { db in
            func count(_ sql: String) throws -> Int { Int(try db.integer(sql) ?? 0) }
            return Workload(
                live: try count("SELECT count(*) FROM calls INDEXED BY calls_live WHERE phase BETWEEN 1 AND 4"),
                terminations: try count("SELECT count(*) FROM terminations WHERE state <> 'verified'"),
                stuck: try count(
                    "SELECT count(*) FROM terminations INDEXED BY terminations_ready WHERE state <> 'verified' AND state = 'stuck'"
                ))
        }
    }

    package func openCalls() async throws(StoreFailure) -> [OpenCall] {
        try await read { db in
            try db.rows(
                """
                SELECT \(StoredOpenCall.columns) FROM calls c INDEXED BY calls_live \
                JOIN attempts a ON a.call = c.key AND a.number = c.attempts JOIN agents g ON g.id = c.agent \
                WHERE c.phase BETWEEN 1 AND 4
                """
            ).map { try StoredOpenCall.call($0) }
        }
    }

    package func agentsAway(since moment: Moment) async throws(StoreFailure) -> [OpenCall] {
        try await read { db in
            try db.rows(
                """
                SELECT \(StoredOpenCall.columns) FROM attempts a \
                JOIN calls c ON c.key = a.call JOIN agents g ON g.id = c.agent \
                WHERE a.agent_gone <= ? AND c.phase = 4
                """, [moment]
            ).map { try StoredOpenCall.call($0) }
        }
    }
}
