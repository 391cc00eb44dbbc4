package import CallControl
import StoredRows

extension PostgresStore: CallStore {
    package func installation() async throws(StoreFailure) -> Installation {
        try await read { db in
            let row = try await db.row(
                """
                SELECT id, livekit, (SELECT count(*) FROM calls WHERE phase BETWEEN 1 AND 4) \
                + (SELECT count(*) FROM terminations WHERE state <> 'verified') FROM installation
                """)
            guard let row else { throw Corrupt("the installation has no row") }
            return Installation(
                id: row.text(0), livekitAddress: row.optionalText(1), openWork: Int(row.number(2)))
        }
    }

    package func adopt(livekit address: String) async throws(StoreFailure) {
        try await write(.nothing) { $0.write("UPDATE installation SET livekit = $1", [address]) }
    }
}
