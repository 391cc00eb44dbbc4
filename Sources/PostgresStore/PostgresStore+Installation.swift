package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: CallStore {
    package var isShared: Bool { true }

    package func take(
        _ duty: Duty, by node: String, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> Bool {
        // A row and not a lock of the session's: who is stopped keeps its connection, but lets this run out.
        try await write(.lease) { db in
            db.write(
                """
                INSERT INTO duties (name, node, until) SELECT $1, '', $2 WHERE NOT EXISTS \
                (SELECT 1 FROM duties WHERE name = $1) ON CONFLICT DO NOTHING
                """, [duty.rawValue, now])
            // Whoever has the row locked is taking it: nobody waits for one that was stopped meanwhile.
            return try await db.change(
                """
                UPDATE duties SET node = $2, until = $4 WHERE name = (SELECT name FROM duties WHERE name = $1 \
                AND (node = $2 OR until <= $3) FOR UPDATE SKIP LOCKED) RETURNING 1
                """, [duty.rawValue, node, now, until]
            ).isEmpty == false
        }
    }

    package func installation() async throws(StoreFailure) -> Installation {
        try await read { try await $0.installation() }
    }
}

extension Transaction {
    func installation() async throws -> Installation {
        let row = try await row(
            """
            SELECT id, livekit, (SELECT count(*) FROM calls WHERE phase BETWEEN 1 AND 4) \
            + (SELECT count(*) FROM terminations WHERE state <> 'verified') FROM installation
            """)
        guard let row else { throw Corrupt("the installation has no row") }
        return Installation(id: row.text(0), livekitAddress: row.optionalText(1), openWork: Int(row.number(2)))
    }
}
