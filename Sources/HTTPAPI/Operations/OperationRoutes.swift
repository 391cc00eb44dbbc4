import CallControl
import CallCore
import HTTPTypes

/// The bulk cancel, and the routes under `/api/v1/operations`.
struct OperationRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(.post, "/api/v1/calls/cancel", .unlimited(cancel), keeping: Self.began),
            Route(.get, "/api/v1/operations/{id}", .keyed(get)),
            Route(.get, "/api/v1/operations/{id}/results", .keyed(results)),
        ]
    }

    @Sendable static func began(_ done: Done) -> Answer {
        Answer(.accepted, done, message: "The calls are being cancelled")
    }

    @Sendable
    private func cancel(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.cancelCalls)
        let input = try BulkCancelInput(try await inquiry.requiredJSON(), by: caller)
        let faults = input.faults + inquiry.query().faults
        guard faults.isEmpty, let target = input.target else { throw .invalid(faults) }
        if input.isRehearsal {
            let counts = try await asking(.call, to: .cancelCalls) { () async throws(ControlError) in
                try await services.operations.rehearse(target, live: input.live, by: caller)
            }
            return Self.rehearsed(counts)
        }
        let record = try await asking(.call, to: .cancelCalls) { () async throws(ControlError) in
            try await services.operations.cancel(target, live: input.live, reason: input.reason, by: caller)
        }
        return try await answer(record, inquiry)
    }

    /// What is said of an operation that has begun, at once or when it is done: as the client prefers.
    func answer(_ record: OperationRecord, _ inquiry: Inquiry) async throws(APIError) -> Answer {
        guard let wait = inquiry.wait else { return Self.began(.operation(record)) }
        let settled = try await asking(.operation, to: .readCalls) { () async throws(ControlError) in
            try await services.operations.settled(record, within: .seconds(wait))
        }
        guard settled.isSilent else { return Self.began(.operation(settled)).applying(wait: wait) }
        return Answer(.ok, .operation(settled), message: "The calls are cancelled").applying(wait: wait)
    }

    private static func rehearsed(_ counts: OperationCounts) -> Answer {
        Answer(message: "Nothing was changed: this is what it would come to now") { writer in
            writer.null("operationId")
            writer.counts(counts)
            writer.number("terminationsPending", 0)
            writer.number("terminationsVerified", 0)
            writer.bool("done", false)
        }
    }

    @Sendable
    private func get(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let record = try await record(inquiry, caller)
        try caller.demand(.readCalls)
        try inquiry.refuseQuery()
        return Answer { $0.operation(record) }
    }

    @Sendable
    private func results(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await record(inquiry, caller).id
        try caller.demand(.readCalls)
        var input = inquiry.query(["after", "limit"])
        let after = input.whole("after", in: 0 ... .max) ?? 0
        let limit = input.whole("limit", in: 1...1000) ?? 100
        guard input.faults.isEmpty else { throw .invalid(input.faults) }
        let results = try await asking(.operation, to: .readCalls) { () async throws(ControlError) in
            try await services.operations.results(of: id, after: after, limit: limit, by: caller)
        }
        return Answer(capacity: 128 + results.count * 128) { writer in
            writer.array("results", results) { writer, result in writer.object { $0.result(result) } }
            writer.number("nextAfter", results.count == limit ? results.last?.position : nil)
        }
    }

    /// The operation of the path: 404 where there is none, 403 where it is somebody else's.
    private func record(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> OperationRecord {
        let text = inquiry.parameters.first ?? ""
        guard text.isIdentifier else { throw Noun.operation.notFound }
        return try await asking(.operation, to: .readCalls) { () async throws(ControlError) in
            try await services.operations.get(OperationID(rawValue: text), by: caller)
        }
    }
}
