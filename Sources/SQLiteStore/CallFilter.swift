import CallControl
import CallCore
import GRDB

/// The WHERE of a list, and the index that serves it: said outright, because without statistics SQLite guesses, and a wrong guess
/// over a million calls is a second.
struct CallFilter {
    var condition = "c.organization = ?"
    var values: [(any DatabaseValueConvertible)?]
    let index: String
    let sortColumn: String

    init(_ query: CallQuery) {
        values = [query.organization.rawValue]
        sortColumn = query.sort == .createdAt ? "c.created" : "c.listed_at"
        if let agent = query.agent {
            condition += " AND c.agent = ?"
            values.append(agent.rawValue)
        }
        if let batch = query.batch {
            condition += " AND c.batch = ?"
            values.append(batch.rawValue)
        }
        if !query.statuses.isEmpty {
            let statuses = query.statuses.map(\.rawValue).sorted()
            condition += " AND c.status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))"
            values += statuses
        }
        if let phone = query.phone {
            condition += " AND (c.phone = ? OR c.caller_id = ?)"
            values += [phone.e164, phone.e164]
        }
        if let from = query.from {
            condition += " AND c.created >= ?"
            values.append(from.milliseconds)
        }
        if let to = query.to {
            condition += " AND c.created <= ?"
            values.append(to.milliseconds)
        }
        if let prefix = query.prefix {
            let pattern = prefix.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined() + "%"
            condition += " AND (c.contact_name LIKE ? ESCAPE '\\' OR c.contact_email LIKE ? ESCAPE '\\')"
            values += [pattern, pattern]
        }
        index =
            switch (query.sort, query.agent != nil, query.statuses.isEmpty) {
            case _ where query.batch != nil: "calls_by_batch"
            case (.scheduledAt, _, true): "calls_by_schedule"
            case (_, true, false): "calls_by_agent_status"
            case (_, true, true): "calls_by_agent"
            case (_, false, false): "calls_by_status"
            case (.createdAt, false, true): "calls_newest"
            }
    }
}
