import CallControl
import CallCore

extension CallRoutes {
    static let parameters = [
        "agentId", "status", "direction", "phoneNumber", "batchId", "startDate", "endDate", "q", "limit", "offset",
        "cursor",
        "sortBy", "sortOrder",
    ]

    private enum Direction: String, CaseIterable { case outbound, inbound }

    @Sendable
    func list(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.readCalls)
        var input = inquiry.query(Self.parameters, words: ["q"])
        var query = CallQuery(organization: caller.organization)
        query.agent = input.agent("agentId")
        query.statuses = Set(input.words("status", of: CallStatus.self))
        let direction = input.word("direction", of: Direction.self)
        query.phone = input.phone("phoneNumber")
        query.batch = input.batch("batchId")
        query.from = input.moment("startDate")
        query.to = input.moment("endDate")
        query.prefix = input.text("q")
        query.limit = input.whole("limit", in: 1...100) ?? query.limit
        query.offset = input.whole("offset", in: 0 ... .max) ?? 0
        let sort = input.word("sortBy", of: CallQuery.Sort.self)
        let order = input.word("sortOrder", of: CallQuery.Order.self)
        query.sort = sort ?? query.sort
        query.order = order ?? query.order
        if let text = input.text("cursor") {
            if let cursor = Cursor(text, organization: caller.organization) {
                if sort ?? cursor.sort != cursor.sort || order ?? cursor.order != cursor.order {
                    input.refuse("cursor", "belongs to a list in another order") as Void?
                }
                if query.offset != 0 { input.refuse("offset", "and cursor cannot be given together") as Void? }
                query.sort = cursor.sort
                query.order = cursor.order
                query.after = cursor.position
            } else {
                input.refuse("cursor", "is not one that this server gave out") as Void?
            }
        }
        guard input.faults.isEmpty else { throw .invalid(input.faults) }
        let page: CallPage
        if direction == .inbound {
            // No call of this server comes from outside.
            page = CallPage(calls: [], total: 0, totalIsEstimate: false, next: nil)
        } else {
            page = try await asking(.call, to: .readCalls) { () async throws(ControlError) in
                try await services.calls.list(query)
            }
        }
        return answer(page, query, caller)
    }

    private func answer(_ page: CallPage, _ query: CallQuery, _ caller: Caller) -> Answer {
        let next = page.next.map {
            Cursor(sort: query.sort, order: query.order, position: $0).text(organization: caller.organization)
        }
        return Answer(capacity: 512 + page.calls.count * 640) { writer in
            writer.array("calls", page.calls) { writer, call in writer.object { $0.summary(call) } }
            writer.pagination(
                total: page.total, limit: query.limit, offset: query.offset, hasMore: next != nil, next: next,
                isEstimate: page.totalIsEstimate)
        }
    }
}

extension JSONWriter {
    mutating func pagination(total: Int, limit: Int, offset: Int, hasMore: Bool, next: String?, isEstimate: Bool) {
        object("pagination") { writer in
            writer.number("total", total)
            writer.number("limit", limit)
            writer.number("offset", offset)
            writer.bool("hasMore", hasMore)
            writer.string("nextCursor", next)
            writer.bool("totalIsEstimate", isEstimate)
        }
    }
}
