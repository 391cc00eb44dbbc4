package import CallControl
package import CallCore
import StoredRows

extension PostgresStore {
    package func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) async throws(StoreFailure) -> NumberDials {
        try await lookUp { db in
            let ask = Transaction.dials(to: number, of: organization, under: limit, at: now)
            return StoredNumberDials.dials(try await db.rows(ask.sql, ask.values))
        }
    }
}

extension Transaction {
    /// The dials that a limit counts: where one node admits at a time, those of all.
    static func dials(
        to number: PhoneNumber, of organization: OrganizationID, under limit: NumberLimit, at now: Moment
    ) -> Statement {
        Statement(
            selectDials, StoredNumberDials.values(to: number, of: organization, under: limit, at: now))
    }

    private static let selectDials = """
        SELECT \(StoredNumberDials.columns) FROM attempts WHERE organization = $1 AND phone = $2 AND started > $3 \
        AND \(StoredNumberDials.counted) ORDER BY started DESC LIMIT $4
        """
}

/// Dials that one round of an admission has begun, which what was read before it does not show.
struct BegunDials {
    private struct Line: Hashable {
        let organization: OrganizationID
        let phone: PhoneNumber
    }

    private var begun: [Line: Int] = [:]

    mutating func note(_ call: Call) {
        begun[Line(organization: call.organization, phone: call.contact.phone), default: 0] += 1
    }

    /// What was read of a call's number, and these.
    func adding(to read: NumberDials, for call: Call) -> NumberDials {
        var dials = read
        dials.planned += begun[Line(organization: call.organization, phone: call.contact.phone)] ?? 0
        return dials
    }
}
