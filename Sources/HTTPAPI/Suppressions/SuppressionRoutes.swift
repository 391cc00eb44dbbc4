import CallControl
import CallCore
import HTTPTypes

/// The routes under `/api/v1/suppressions`.
struct SuppressionRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(.post, "/api/v1/suppressions", .unlimited(suppress), keeping: Self.wereSuppressed),
            Route(.get, "/api/v1/suppressions", .keyed(list)),
            Route(.get, "/api/v1/suppressions/{id}", .keyed(get)),
            Route(.delete, "/api/v1/suppressions/{id}", .keyed(lift), keeping: Self.wasLifted),
        ]
    }

    @Sendable private static func wereSuppressed(_ done: Done) -> Answer {
        Answer(.created, done, message: "Suppressed: nothing is dialled to these numbers")
    }

    @Sendable private static func wasLifted(_ done: Done) -> Answer {
        Answer(.ok, done, message: "Suppression removed: calls to the number are accepted again")
    }

    @Sendable
    private func suppress(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.changeSuppressions)
        let input = try SuppressionInput(try await inquiry.requiredJSON())
        let faults = input.faults + inquiry.query().faults
        guard faults.isEmpty else { throw .invalid(faults) }
        var suppressed = try await asking(.suppression, to: .changeSuppressions) { () async throws(ControlError) in
            try await services.suppressions.suppress(input.numbers, live: input.live, reason: input.reason, by: caller)
        }
        let wait = inquiry.wait
        if let wait {
            let operation = suppressed.operation
            suppressed.operation = try await asking(.operation, to: .readCalls) { () async throws(ControlError) in
                try await services.operations.settled(operation, within: .seconds(wait))
            }
        }
        return Self.wereSuppressed(.suppressed(suppressed)).applying(wait: wait)
    }

    @Sendable
    private func list(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.readSuppressions)
        var input = inquiry.query(["phoneNumber", "limit", "offset", "cursor"])
        var query = SuppressionQuery(organization: caller.organization)
        query.number = input.phone("phoneNumber")
        query.limit = input.whole("limit", in: 1...100) ?? query.limit
        query.offset = input.whole("offset", in: 0 ... .max) ?? 0
        if let text = input.text("cursor") {
            query.after = SuppressionCursor.position(text, organization: caller.organization)
            if query.after == nil { input.refuse("cursor", "is not one that this server gave out") as Void? }
            if query.offset != 0 { input.refuse("offset", "and cursor cannot be given together") as Void? }
        }
        guard input.faults.isEmpty else { throw .invalid(input.faults) }
        let page = try await asking(.suppression, to: .readSuppressions) { () async throws(ControlError) in
            try await services.suppressions.list(query)
        }
        let next = page.next.map { SuppressionCursor.text($0, organization: caller.organization) }
        return Answer(capacity: 512 + page.suppressions.count * 192) { writer in
            writer.array("suppressions", page.suppressions) { writer, suppression in
                writer.object { $0.suppression(suppression) }
            }
            writer.pagination(
                total: page.total, limit: query.limit, offset: query.offset, hasMore: next != nil, next: next,
                isEstimate: false)
        }
    }

    @Sendable
    private func get(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let suppression = try await suppression(inquiry, caller)
        try caller.demand(.readSuppressions)
        try inquiry.refuseQuery()
        return Answer { $0.suppression(suppression) }
    }

    @Sendable
    private func lift(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await suppression(inquiry, caller).id
        try caller.demand(.changeSuppressions)
        let reason = try await inquiry.reason()
        let lifted = try await asking(.suppression, to: .changeSuppressions) { () async throws(ControlError) in
            try await services.suppressions.lift(id, reason: reason, by: caller)
        }
        return Self.wasLifted(.lifted(lifted))
    }

    /// The suppression of the path: 404 where there is none, 403 where it is somebody else's.
    private func suppression(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> SuppressedNumber {
        let text = inquiry.parameters.first ?? ""
        guard text.isIdentifier else { throw Noun.suppression.notFound }
        return try await asking(.suppression, to: .readSuppressions) { () async throws(ControlError) in
            try await services.suppressions.get(SuppressionID(rawValue: text), by: caller)
        }
    }
}
