package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: NodeRegister {
    package func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Int {
        try await write(.lease) { db in
            db.write(
                "INSERT INTO nodes (id, until) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET until = $2",
                [node, until])
            // Nobody waits for a row that another one tidies away just now.
            db.write(
                """
                DELETE FROM nodes WHERE id IN (SELECT id FROM nodes WHERE until <= $1 ORDER BY id \
                FOR UPDATE SKIP LOCKED)
                """, [now])
            return max(1, Int(try await db.number("SELECT count(*) FROM nodes WHERE until > $1", [now]) ?? 1))
        }
    }
}
