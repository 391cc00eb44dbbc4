package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore {
    package func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) async throws(StoreFailure) -> NumberDials {
        try await read { try Self.dials(to: number, of: organization, under: limit, at: now, $0) }
    }

    static func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment,
        _ db: Database
    ) throws -> NumberDials {
        StoredNumberDials.dials(
            try db.rows(
                selectDials,
                StatementArguments(
                    StoredNumberDials.values(to: number, of: organization, under: limit, at: now))))
    }

    private static let selectDials = """
        SELECT \(StoredNumberDials.columns) FROM attempts INDEXED BY attempts_to_number WHERE organization = ? \
        AND phone = ? AND started > ? AND \(StoredNumberDials.counted) ORDER BY started DESC LIMIT ?
        """
}
