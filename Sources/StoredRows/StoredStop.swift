package import CallControl
package import CallCore

/// A row of `stops`.
package enum StoredStop {
    package static let columns: Columns = """
        id, organization, scope, value, live, queue, reason, key, at, operation, released, released_key, released_reason, \
        until, cause
        """

    /// The operation that drains it.
    package static func drain(_ row: some StoredRow) -> OperationID { OperationID(rawValue: row.text(9)) }

    package static func stop(_ row: some StoredRow) throws -> Stop {
        guard let live = Stop.Live(rawValue: row.text(4)), let queue = Stop.Queue(rawValue: row.text(5)),
            let scope = scope(row.text(2), row.optionalText(3))
        else { throw Corrupt("stop \(row.text(0))") }
        let release = row.moment(10).map {
            Stop.Release(at: $0, key: KeyID(rawValue: row.text(11)), reason: row.optionalText(12))
        }
        let cause = try row.optionalText(14).map { text in
            guard let cause = Stop.Cause(rawValue: text) else { throw Corrupt("stop \(row.text(0))") }
            return cause
        }
        return Stop(
            id: StopID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)), scope: scope,
            live: live, queue: queue, reason: row.optionalText(6), key: KeyID(rawValue: row.text(7)),
            at: row.instant(8), until: row.moment(13), cause: cause, release: release)
    }

    package static let insertColumns: Columns =
        "id, organization, scope, value, live, queue, reason, key, at, operation, until, cause"

    package static func insertValues(_ stop: Stop, draining drain: OperationID) -> StoredValues {
        let (scope, value) = columns(of: stop.scope)
        return [
            stop.id.rawValue, stop.organization.rawValue, scope, value, stop.live.rawValue, stop.queue.rawValue,
            stop.reason, stop.key.rawValue, stop.at, drain.rawValue, stop.until, stop.cause?.rawValue,
        ]
    }

    package static let releaseColumns: Columns = "released, released_key, released_reason"

    package static func releaseValues(_ release: Stop.Release) -> StoredValues {
        [release.at, release.key.rawValue, release.reason]
    }

    /// What covers a call has one of these as its `value`, besides the empty text for all of the organization.
    ///
    /// The values of the scopes have different forms, so that none is taken for another.
    package static func valuesCovering(_ call: Call) -> StoredValues {
        [call.agent.rawValue, call.batch?.rawValue, call.contact.phone.e164]
    }

    /// Whether one of these values, read from stops in force of the call's organization, covers it.
    package static func isAny(of values: Set<String>, covering call: Call) -> Bool {
        if values.isEmpty { return false }
        return values.contains("") || values.contains(call.agent.rawValue)
            || values.contains(call.contact.phone.e164) || call.batch.map { values.contains($0.rawValue) } ?? false
    }

    /// The scope as it is written down; `value` is null for all of the organization.
    package static func columns(of scope: StopScope) -> (scope: String, value: String?) {
        switch scope {
        case .all: ("all", nil)
        case .agent(let agent): ("agent", agent.rawValue)
        case .batch(let batch): ("batch", batch.rawValue)
        case .phone(let number): ("phone", number.e164)
        }
    }

    private static func scope(_ scope: String, _ value: String?) -> StopScope? {
        switch (scope, value) {
        case ("all", _): .all
        case ("agent", let value?): .agent(AgentID(rawValue: value))
        case ("batch", let value?): .batch(BatchID(rawValue: value))
        case ("phone", let value?): PhoneNumber(value).map(StopScope.phone)
        default: nil
        }
    }
}
