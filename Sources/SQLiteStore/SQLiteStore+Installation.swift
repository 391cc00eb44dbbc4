package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: CallStore {
    /// One server has the file to itself; who else opens it does not dispatch.
    package var isShared: Bool { false }

    package func take(
        _ duty: Duty, by node: String, at now: Moment, until: Moment
    ) async throws(StoreFailure) -> Bool { true }

    package func installation() async throws(StoreFailure) -> Installation {
        try await read { try Self.installation($0) }
    }

    static func installation(_ db: Database) throws -> Installation {
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
