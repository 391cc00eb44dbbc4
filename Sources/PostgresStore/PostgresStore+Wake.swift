package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func nextWakes() async throws(StoreFailure) -> Wakes {
        try await lookUp { db in
            let seen = try await db.all([
                Statement(
                    """
                    SELECT min(due) FROM generate_series(\(CallOrder.priorities.lowerBound), \
                    \(CallOrder.priorities.upperBound)) AS p (priority) CROSS JOIN LATERAL (SELECT due FROM calls \
                    WHERE phase = 0 AND NOT held AND NOT stopped AND priority = p.priority ORDER BY due LIMIT 1) c
                    """), Statement("SELECT ready FROM dials ORDER BY ready LIMIT 1"),
                Statement("SELECT ready FROM terminations WHERE state <> 'verified' ORDER BY ready LIMIT 1"),
                Statement(
                    """
                    SELECT a.agent_gone FROM attempts a JOIN calls c ON c.key = a.call \
                    WHERE a.agent_gone IS NOT NULL AND c.phase = 4 ORDER BY a.agent_gone LIMIT 1
                    """),
            ]).map { $0.first?.moment(0) }
            return Wakes(call: seen[0], dial: seen[1], termination: seen[2], agentAwaySince: seen[3])
        }
    }

    package func liveCalls() async throws(StoreFailure) -> Int {
        try await lookUp { db in
            Int(try await db.number("SELECT count(*) FROM calls WHERE phase BETWEEN 1 AND 4") ?? 0)
        }
    }

    package func workload() async throws(StoreFailure) -> Workload {
        try await read { db in
            let counts = try await db.all([
                Statement("SELECT count(*) FROM calls WHERE phase BETWEEN 1 AND 4"),
                Statement(
                    "SELECT count(*), count(*) FILTER (WHERE state = 'stuck') FROM terminations WHERE state <> 'verified'"
                ),
            ])
            return Workload(
                live: Int(counts[0].first?.number(0) ?? 0), terminations: Int(counts[1].first?.number(0) ?? 0),
                stuck: Int(counts[1].first?.number(1) ?? 0))
        }
    }

    package func openCalls() async throws(StoreFailure) -> [OpenCall] {
        try await read { db in
            try await db.rows(
                """
                SELECT \(StoredOpenCall.columns) FROM calls c JOIN attempts a ON a.call = c.key AND a.number = c.attempts \
                JOIN agents g ON g.id = c.agent WHERE c.phase BETWEEN 1 AND 4
                """
            ).map { try StoredOpenCall.call($0) }
        }
    }

    package func agentsAway(since moment: Moment) async throws(StoreFailure) -> [OpenCall] {
        try await read { db in
            try await db.rows(
                """
                SELECT \(StoredOpenCall.columns) FROM attempts a JOIN calls c ON c.key = a.call \
                JOIN agents g ON g.id = c.agent WHERE a.agent_gone <= $1 AND c.phase = 4
                """, [moment]
            ).map { try StoredOpenCall.call($0) }
        }
    }
}
