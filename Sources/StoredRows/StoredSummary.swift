package import CallControl
import CallCore

/// What a list reads of a call, from its row (`c`) and its agent's (`g`).
package enum StoredSummary {
    /// After these stands the value that the list is sorted by.
    package static let columns: Columns = """
        c.id, c.status, c.scheduled, c.answered, c.ended, c.outcome, c.agent, g.name, c.phone, c.contact_name, \
        c.contact_email, c.priority, c.created, c.carrier_call, c.batch, c.key
        """

    package static func summary(_ row: some StoredRow) throws -> CallSummary {
        guard let status = CallStatus(rawValue: row.text(1)), let phone = PhoneNumber(row.text(8)) else {
            throw Corrupt("call \(row.text(0)) in a list")
        }
        return CallSummary(
            id: CallID(rawValue: row.text(0)), status: status, scheduledAt: row.moment(2), answeredAt: row.moment(3),
            endedAt: row.moment(4), outcome: row.optionalText(5),
            agent: AgentName(id: AgentID(rawValue: row.text(6)), name: row.text(7)),
            contact: Contact(phone: phone, name: row.optionalText(9), email: row.optionalText(10)),
            priority: Int(row.number(11)), createdAt: row.instant(12), carrierCall: row.optionalText(13),
            batch: row.optionalText(14).map(BatchID.init(rawValue:)))
    }

    /// The page of a list.
    ///
    /// `rows`: one more than the query's limit, where there are more; `counted`: the calls that match, counted no further than
    /// one beyond `CallPage.exactTotals`; `guess`: how many they are where that was not all.
    package static func page(
        _ rows: [some StoredRow], of query: CallQuery, counted: Int, guess: Int = 0
    ) throws -> CallPage {
        let page = rows.prefix(query.limit)
        var next: CallQuery.Position?
        if rows.count > query.limit, let last = page.last {
            next = CallQuery.Position(value: last.number(columns.count), key: last.number(columns.count - 1))
        }
        let isEstimate = counted > CallPage.exactTotals
        let seen = rows.isEmpty || query.after != nil ? 0 : query.offset + rows.count
        return CallPage(
            calls: try page.map { try summary($0) }, total: isEstimate ? max(guess, counted, seen) : counted,
            totalIsEstimate: isEstimate, next: next)
    }
}
