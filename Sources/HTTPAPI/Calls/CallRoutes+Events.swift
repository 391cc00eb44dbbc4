import CallControl
import CallCore

extension CallRoutes {
    @Sendable
    func events(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await record(inquiry, caller).call.id
        try caller.demand(.readCalls)
        let page = try inquiry.page()
        let (events, hasMore) = try await asking(.call, to: .readCalls) { () async throws(ControlError) in
            try await services.calls.events(of: id, by: caller, after: page.after, limit: page.limit)
        }
        return Answer(capacity: 256 + events.count * 128) { writer in
            writer.events(events)
            writer.number("nextAfter", hasMore ? events.last.map { Int($0.sequence) } : nil)
        }
    }
}

extension JSONWriter {
    mutating func events(_ events: [RecordedEvent]) {
        array("events", events) { writer, event in
            writer.object { writer in
                writer.number("sequence", Int(event.sequence))
                writer.string("event", event.notice.rawValue)
                writer.moment("timestamp", event.at)
                writer.string("status", event.notice.status?.rawValue)
            }
        }
    }
}

extension Inquiry {
    /// A place in something that is numbered, and only grows.
    struct Page {
        let after: Int64
        let limit: Int
    }

    /// The query of a list in the order of its sequences: `after` and `limit`.
    func page() throws(APIError) -> Page {
        var query = query(["after", "limit"])
        let after = query.whole("after", in: 0 ... .max) ?? 0
        let limit = query.whole("limit", in: 1...1000) ?? 100
        guard query.faults.isEmpty else { throw .invalid(query.faults) }
        return Page(after: Int64(after), limit: limit)
    }
}
