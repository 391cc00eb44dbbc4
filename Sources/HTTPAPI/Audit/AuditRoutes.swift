import CallControl
import CallCore
import HTTPTypes

/// The audit log, as an organization's admins read it.
struct AuditRoutes: Sendable {
    let services: APIServices

    var all: [Route] { [Route(.get, "/api/v1/audit", .keyed(list))] }

    @Sendable
    private func list(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.readAudit)
        let page = try inquiry.page()
        let (entries, hasMore) = try await asking(.auditEntry, to: .readAudit) { () async throws(ControlError) in
            try await services.audit.entries(of: caller.organization, after: page.after, limit: page.limit)
        }
        return Answer(capacity: 256 + entries.count * 512) { writer in
            writer.array("entries", entries) { writer, entry in writer.object { $0.entry(entry) } }
            writer.number("nextAfter", hasMore ? entries.last.map { Int($0.sequence) } : nil)
        }
    }
}

extension JSONWriter {
    mutating func entry(_ entry: AuditEntry) {
        number("sequence", Int(entry.sequence))
        moment("timestamp", entry.at)
        string("actor", entry.actor.rawValue)
        string("action", entry.action)
        string("subject", entry.subject)
        string("reason", entry.reason)
        string("requestId", entry.request)
        string("address", entry.address)
        string("before", entry.before)
        string("after", entry.after)
        json("detail", entry.detail)
        string("hash", entry.hash.hex)
    }
}
