import CallControl
import StoredRows

extension CallFilter {
    init(_ query: CallQuery) { self.init(CallSelection(query)) }

    init(_ selection: CallSelection) { self.init(selection, .sqlite) }
}

extension CallFilter.Dialect {
    fileprivate static let sqlite = CallFilter.Dialect(
        like: "LIKE", elements: "SELECT value FROM json_each(?)", placeholder: { _ in "?" })
}

extension CallQuery {
    /// The index that serves a list: said outright, because without statistics SQLite guesses, and a wrong guess over a million
    /// calls is a second.
    var index: String {
        switch (sort, agent != nil, statuses.isEmpty) {
        case _ where batch != nil: "calls_by_batch"
        case (.scheduledAt, _, true): "calls_by_schedule"
        case (_, true, false): "calls_by_agent_status"
        case (_, true, true): "calls_by_agent"
        case (_, false, false): "calls_by_status"
        case (.createdAt, false, true): "calls_newest"
        }
    }
}
