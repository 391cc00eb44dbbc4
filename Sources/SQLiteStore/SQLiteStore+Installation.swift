package import CallControl
import GRDB
import StoredRows

extension SQLiteStore: CallStore {
    package func installation() async throws(StoreFailure) -> Installation {
        try await read { db in
            guard let row = try db.row("SELECT id, livekit FROM installation") else {
                throw Corrupt("the installation has no row")
            }
            let open = try db.integer(
                """
                SELECT (SELECT count(*) FROM calls INDEXED BY calls_live WHERE phase BETWEEN 1 AND 4) \
                + (SELECT count(*) FROM terminations WHERE state <> 'verified')
                """)
            return Installation(id: row.text(0), livekitAddress: row[1], openWork: Int(open ?? 0))
        }
    }

    package func adopt(livekit address: String) async throws(StoreFailure) {
        try await commits.write { try $0.run("UPDATE installation SET livekit = ?", [address]) }
    }
}
